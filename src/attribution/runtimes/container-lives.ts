import type { Container, ContainerExit } from '#model/container.js';
import type { WatchedContainerEvent } from '../container-runs.ts';
import type { ContainerHint, DescribedContainer } from './runtime-client.ts';

/** How a container is looked at. */
export interface ContainerLook {
  /** `failed`: it could not be asked, and nothing is known anew. */
  readonly found: DescribedContainer | 'failed' | undefined;
  /** Who it is, of what was found. */
  readonly container?: Container | undefined;
}

/** Why a container is looked at. */
export interface LookReason extends ContainerHint {
  /** It was told of, or a list differs from what was known; `first`: from nothing, since there was no list before. */
  readonly source: 'told' | 'list' | 'first-list';
}

/** How long one that ended is remembered: a hint that comes late would find it in the runtime, and tell it again. */
const REMEMBERED_MS = 600_000;

interface Life {
  /** Of the run that was told of last, running or ended. */
  run: string;
  isRunning: boolean;
  /** Being looked at; then `next` waits. */
  isBusy: boolean;
  next: LookReason | undefined;
  /** When a list had it no more for the first time since it ended. */
  missedMs: number | undefined;
}

interface ContainerLivesParts {
  /** Must not reject. */
  readonly look: (reason: LookReason) => Promise<ContainerLook>;
  readonly onEvent: (event: WatchedContainerEvent) => void;
  readonly runtimeNamespace: string;
}

/**
 * The runs of containers by looking at them: whatever a hint or a list was about, the container is asked how it is now, and what
 * differs from before is told. So it does not matter how often, how late or in what order hints come. One `container-added`
 * and one `container-removed` for each run that was seen, in order for each container; no container waits for another.
 */
export class ContainerLives {
  readonly #parts: ContainerLivesParts;
  readonly #lives = new Map<string, Life>();
  readonly #busy = new Set<Promise<void>>();

  constructor(parts: ContainerLivesParts) {
    this.#parts = parts;
  }

  /** How many containers are known, running or not. */
  get size(): number {
    return this.#lives.size;
  }

  /** Looks at a container that was told of. */
  hint(hint: ContainerHint): void {
    this.#look({ ...hint, source: 'told' });
  }

  /** Looks at what the list and the known ones differ in; `isThorough`: at all that run. */
  list(
    running: readonly string[],
    {
      timeMs,
      isThorough,
      isFirst,
    }: { readonly timeMs: number; readonly isThorough: boolean; readonly isFirst: boolean },
  ): void {
    const source = isFirst ? 'first-list' : 'list';
    const listed = new Set(running);
    for (const [containerId, life] of [...this.#lives]) {
      if (listed.has(containerId)) continue;
      if (life.isRunning) this.#look({ containerId, timeMs, source });
      else if (!life.isBusy) this.#missed(containerId, life, timeMs);
    }
    for (const containerId of listed) {
      const isKnown = this.#lives.get(containerId)?.isRunning === true;
      if (!isKnown || isThorough) this.#look({ containerId, timeMs, source });
    }
  }

  /** Settles when nothing is being looked at any more. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  #look(reason: LookReason): void {
    const { containerId } = reason;
    const life = this.#lives.get(containerId) ?? newLife();
    this.#lives.set(containerId, life);
    // One that waits is enough, for it looks at what is then; but how a run ended is told only once.
    life.next = { ...reason, ...(life.next?.exitCode !== undefined && life.next) };
    if (life.isBusy) return;
    life.isBusy = true;
    const work = this.#work(containerId, life).finally(() => this.#busy.delete(work));
    this.#busy.add(work);
  }

  #missed(containerId: string, life: Life, timeMs: number): void {
    life.missedMs ??= timeMs;
    if (timeMs - life.missedMs >= REMEMBERED_MS) this.#lives.delete(containerId);
  }

  async #work(containerId: string, life: Life): Promise<void> {
    for (let reason = life.next; reason !== undefined; reason = life.next) {
      life.next = undefined;
      const look = await this.#parts.look(reason);
      if (look.found !== 'failed') this.#converge(life, reason, { ...look, found: look.found });
    }
    life.isBusy = false;
    const isForgotten = !life.isRunning && life.run === '';
    if (isForgotten && this.#lives.get(containerId) === life) this.#lives.delete(containerId);
  }

  #converge(
    life: Life,
    reason: LookReason,
    {
      found,
      container,
    }: {
      readonly found: DescribedContainer | undefined;
      readonly container?: Container | undefined;
    },
  ): void {
    const { containerId, timeMs, exitCode } = reason;
    const isSame = found !== undefined && found.run === life.run;
    const end = { timeMs, ...(exitCode !== undefined && { exitCode }) };
    if (life.isRunning && !(isSame && found.isRunning)) {
      this.#remove(containerId, life, (isSame && found.end) || end);
    }
    if (found === undefined) life.run = '';
    if (found === undefined || isSame || container === undefined || found.run === '') return;
    // What ended before it was heard of, and was only found in a list, is nobody's business any more.
    if (!found.isRunning && reason.source !== 'told') return;
    life.run = found.run;
    life.isRunning = true;
    life.missedMs = undefined;
    this.#parts.onEvent({ type: 'container-added', timeMs, container });
    if (!found.isRunning) this.#remove(containerId, life, found.end ?? end);
  }

  #remove(containerId: string, life: Life, end: ContainerExit): void {
    const { onEvent, runtimeNamespace } = this.#parts;
    life.isRunning = false;
    onEvent({ type: 'container-removed', containerId, runtimeNamespace, ...end });
  }
}

function newLife(): Life {
  return { run: '', isRunning: false, isBusy: false, next: undefined, missedMs: undefined };
}
