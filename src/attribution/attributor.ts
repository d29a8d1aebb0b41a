import type { Container } from '#model/container.js';
import type { EventAccounting } from '#model/event-accounting.js';
import {
  type CgroupRecord,
  isRawEvent,
  type LostRecord,
  type RawEvent,
  type RawRecord,
} from '#model/raw-event.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { AttributorOptions } from './attributor-options.ts';
import {
  type CgroupSlot,
  isContainerForm,
  isNamedAfter,
  lossReason,
  noteLost,
  type Removal,
  type TrackedRun,
} from './cgroup-slot.ts';
import { CgroupSlots } from './cgroup-slots.ts';
import { HeldEvents } from './held-events.ts';
import { ProcessAdoption } from './process-adoption.ts';
import { ProcessTree } from './process-tree.ts';

/**
 * Finds the container and the process of every event. Each event is counted in once and leaves to
 * exactly one place: `onEvent` (the receiver counts it from there), ignored, or dropped with the
 * reason. Events of a cgroup that is not known yet wait for it, and delay no others.
 */
export class Attributor {
  readonly #clock: Clock;
  readonly #accounting: EventAccounting;
  readonly #log: Logger;
  readonly #onEvent: AttributorOptions['onEvent'];
  readonly #onLoss: NonNullable<AttributorOptions['onLoss']>;
  readonly #onSuppressed: NonNullable<AttributorOptions['onSuppressed']>;
  readonly #removalGraceMs: number;
  readonly #slots = new CgroupSlots((slot) => this.#giveUp(slot, this.#held.release(slot)));
  /** The newest run by containerd namespace and id. */
  readonly #current = new Map<string, TrackedRun>();
  /** The newest run by id alone: ids are unique but where somebody chooses them freely. */
  readonly #byId = new Map<string, TrackedRun>();
  /** Runs that ended, until their grace is over. */
  readonly #leaving = new Map<TrackedRun, Cancel>();
  readonly #processes = new ProcessTree();
  readonly #adoption: ProcessAdoption;
  readonly #held: HeldEvents;
  #isDrained = false;

  constructor(options: AttributorOptions) {
    this.#clock = options.clock;
    this.#accounting = options.accounting;
    this.#log = options.log;
    this.#onEvent = options.onEvent;
    this.#onLoss = options.onLoss ?? (() => {});
    this.#onSuppressed = options.onSuppressed ?? (() => {});
    this.#removalGraceMs = options.removalGraceMs ?? 10_000;
    const { clock, scan } = options;
    this.#adoption = new ProcessAdoption({ clock, scan, tree: this.#processes });
    this.#held = new HeldEvents({
      clock: options.clock,
      holdMs: options.holdMs ?? 2_000,
      limit: options.holdLimit ?? 10_000,
      onExpired: (slot, events) => this.#giveUp(slot, events),
    });
  }

  /** Takes a batch of a source, in its order. Synchronous. */
  accept(records: readonly RawRecord[]): void {
    for (const record of records) this.#accept(record);
  }

  /**
   * A container has started, or more is known of one that runs (the same id and first process).
   * Its events that waited are delivered before this returns.
   */
  containerAdded(container: Container): void {
    const key = keyOf(container.runtimeNamespace, container.id);
    const known = this.#current.get(key);
    if (known !== undefined && !known.isRemoved && known.container.pid === container.pid) {
      known.container = container;
      this.#claim(known);
      return;
    }
    if (known !== undefined) this.#leave(known, container.startedAtMs);
    const run = { container, slots: new Set<CgroupSlot>(), isRemoved: false, endMs: Infinity };
    this.#current.set(key, run);
    this.#byId.set(container.id, run);
    this.#adoption.begin(run);
    this.#claim(run);
  }

  /** A container has ended. Its events still find it for the grace; one that is not known is ignored. */
  containerRemoved({ containerId, runtimeNamespace, timeMs }: Removal): void {
    const run = [...this.#current.values()].find(
      ({ container, isRemoved }) =>
        !isRemoved &&
        container.id === containerId &&
        (runtimeNamespace === undefined || container.runtimeNamespace === runtimeNamespace),
    );
    if (run !== undefined) this.#leave(run, timeMs);
  }

  /** Counts what still waits as dropped by shutdown, and everything that comes later; forgets all. */
  drain(): void {
    this.#isDrained = true;
    this.#held.expireAll();
    this.#adoption.end();
    for (const cancel of this.#leaving.values()) cancel();
    this.#leaving.clear();
    this.#current.clear();
    this.#byId.clear();
    this.#slots.clear();
    this.#processes.clear();
  }

  /** The containers that run now. */
  containers(): readonly Container[] {
    return [...this.#current.values()]
      .filter(({ isRemoved }) => !isRemoved)
      .map(({ container }) => container);
  }

  /** The container of that id that runs now; of several the one that was added last. */
  container(containerId: string): Container | undefined {
    const run = this.#byId.get(containerId);
    // Another one of that id may still run.
    return run?.isRemoved ? this.containers().find(({ id }) => id === containerId) : run?.container;
  }

  /** The cgroups by which events of the container of that id that runs now come, as far as they are known. */
  cgroupsOf(containerId: string): readonly number[] {
    const run = this.#byId.get(containerId);
    return run === undefined || run.isRemoved ? [] : [...run.slots].map((slot) => slot.cgroupId);
  }

  /** What it holds at this moment, for gauges. */
  sizes(): Readonly<Record<'held' | 'cgroups' | 'processes' | 'leaving', number>> {
    return {
      held: this.#held.size,
      cgroups: this.#slots.size,
      processes: this.#processes.size,
      leaving: this.#leaving.size,
    };
  }

  #accept(record: RawRecord): void {
    if (isRawEvent(record)) {
      this.#event(record);
      return;
    }
    switch (record.type) {
      case 'cgroup':
        this.#cgroup(record);
        return;
      case 'lost':
        this.#lost(record);
        return;
      case 'suppressed':
        this.#onSuppressed(record);
        return;
      case 'damaged':
        this.#accounting.emitted();
        this.#accounting.dropped('damaged');
        this.#log.debug('damaged record', { reason: record.reason });
        return;
      case 'ready':
      case 'totals':
        return;
      default:
        record satisfies never;
    }
  }

  #event(event: RawEvent): void {
    this.#accounting.emitted();
    if (event.setup) {
      this.#accounting.ignored('setup');
      return;
    }
    if (this.#isDrained) {
      this.#accounting.dropped('shutdown');
      return;
    }
    const slot = this.#slots.of(event.cgroupId);
    if (slot.run !== undefined) this.#deliver(event, slot.run);
    else if (slot.isGivenUp) this.#place(slot, 1);
    else if (!this.#held.hold(slot, event)) {
      noteLost(slot, 'hold-full', 1);
      this.#accounting.dropped('hold-full');
    }
  }

  #lost(record: LostRecord): void {
    const { cgroupId, count } = record;
    const reason = lossReason(record);
    this.#accounting.emitted(count);
    this.#accounting.dropped(reason, count);
    if (cgroupId === undefined || this.#isDrained) return;
    const slot = this.#slots.of(cgroupId);
    if (slot.run === undefined) noteLost(slot, reason, count);
    else this.#onLoss(slot.run.container, count, reason);
  }

  #deliver(event: RawEvent, run: TrackedRun): void {
    const { container } = run;
    if (event.type === 'exit' && event.pid === container.pid) ended(run, event.timeMs);
    if (container.kind === 'sandbox') {
      this.#accounting.ignored('sandbox');
      return;
    }
    this.#onEvent({ event, container, process: this.#processes.observe(event, run) });
  }

  #cgroup(record: CgroupRecord): void {
    if (this.#isDrained) return;
    const slot = this.#slots.of(record.cgroupId);
    slot.record ??= record;
    if (slot.run !== undefined) return;
    const runs = new Set([...this.#current.values(), ...this.#leaving.keys()]);
    const named = [...runs].filter((run) => isNamedAfter(slot, run));
    const [run] = named;
    // Two containers may have one id, in two namespaces: then only its number tells whose it is.
    if (run !== undefined && named.length === 1) this.#bind([slot], run);
  }

  /** Gives the run the cgroups that are its by number or by name. */
  #claim(run: TrackedRun): void {
    const { cgroupId, id, runtimeNamespace } = run.container;
    const slots = new Set<CgroupSlot>();
    if (cgroupId !== undefined) slots.add(this.#slots.of(cgroupId));
    const isAmbiguous = [...this.#current.values()].some(
      ({ container }) => container.id === id && container.runtimeNamespace !== runtimeNamespace,
    );
    for (const slot of isAmbiguous ? [] : this.#slots.foreign) {
      if (isNamedAfter(slot, run)) slots.add(slot);
    }
    this.#bind([...slots], run);
  }

  #bind(slots: readonly CgroupSlot[], run: TrackedRun): void {
    const events: RawEvent[] = [];
    for (const slot of slots) {
      this.#slots.bind(slot, run);
      for (const [reason, count] of slot.losses ?? []) this.#onLoss(run.container, count, reason);
      slot.losses = undefined;
      events.push(...this.#held.release(slot));
    }
    if (slots.length > 1) events.sort((a, b) => a.seq - b.seq);
    for (const event of events) this.#deliver(event, run);
  }

  #leave(run: TrackedRun, timeMs: number): void {
    ended(run, timeMs);
    if (run.isRemoved) return;
    run.isRemoved = true;
    const cancel = this.#clock.schedule(this.#removalGraceMs, () => this.#forget(run));
    this.#leaving.set(run, cancel);
  }

  #forget(run: TrackedRun): void {
    this.#leaving.delete(run);
    for (const slot of run.slots) this.#slots.delete(slot);
    this.#processes.forget(run);
    const key = keyOf(run.container.runtimeNamespace, run.container.id);
    if (this.#current.get(key) === run) this.#current.delete(key);
    if (this.#byId.get(run.container.id) === run) this.#byId.delete(run.container.id);
  }

  #giveUp(slot: CgroupSlot, events: readonly RawEvent[]): void {
    slot.isGivenUp = true;
    this.#place(slot, events.length);
  }

  /** Counts events that nobody claimed. */
  #place(slot: CgroupSlot, count: number): void {
    if (this.#isDrained) this.#accounting.dropped('shutdown', count);
    else if (isContainerForm(slot)) {
      noteLost(slot, 'unknown-container', count);
      this.#accounting.dropped('unknown-container', count);
    } else this.#accounting.ignored('not-a-container', count);
  }
}

/** Kernel and runtime both tell of an end: the earlier word is the better one. */
function ended(run: TrackedRun, timeMs: number): void {
  run.endMs = Math.min(run.endMs, timeMs);
}

function keyOf(runtimeNamespace: string, id: string): string {
  return `${runtimeNamespace}/${id}`;
}
