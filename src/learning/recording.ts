import type { AttributedEvent } from '#model/attributed-event.js';
import { isJudgeable } from '#model/judgeable-event.js';
import type { RawEvent } from '#model/raw-event.js';
import { AnsweredNames } from './recording/answered-names.ts';
import { HeaderChoice } from './recording/learned-headers.ts';
import type { Observed } from './recording/observed.ts';
import { callStackTrees, RecordedCallStacks } from './recording/recorded-call-stacks.ts';
import { RecordedEndpoints } from './recording/recorded-endpoints.ts';
import { RecordedExecs } from './recording/recorded-execs.ts';
import { RecordedNames } from './recording/recorded-names.ts';
import { RecordedNeighbors } from './recording/recorded-neighbors.ts';
import { RecordedOpens } from './recording/recorded-opens.ts';
import { policiesOf, RecordedPolicies } from './recording/recorded-policies.ts';
import { type Portion, type RecordingBounds, Room } from './recording/room.ts';
import type { RecordedSurface } from './recording/surface.ts';

export type { Observed } from './recording/observed.ts';

/** What is recorded, and how much of it. */
export interface RecordingOptions extends RecordingBounds {
  /** Learn the names of programs' environment variables, never their values. Off when absent. */
  readonly learnEnvNames?: boolean;
  /** Names of the HTTP headers that are learned; `Host` when absent. */
  readonly learnHeaders?: readonly string[];
}

/**
 * What a container did since its last report, once each, on every surface of a profile. Recording is
 * synchronous and cheap for what is known already. At twice its bounds it drops what is new and counts it.
 */
export class Recording {
  readonly #room: Room;
  readonly #names = new AnsweredNames();
  readonly #execs: RecordedExecs;
  readonly #opens: RecordedOpens;
  readonly #capabilities: RecordedNames;
  readonly #syscalls: RecordedNames;
  readonly #endpoints: RecordedEndpoints;
  readonly #egress: RecordedNeighbors;
  readonly #ingress: RecordedNeighbors;
  readonly #policies: RecordedPolicies;
  readonly #callStacks: RecordedCallStacks;
  #seen = 0;
  #truncated = 0;

  constructor({ learnEnvNames = false, learnHeaders = ['Host'], ...bounds }: RecordingOptions) {
    const room = new Room(bounds);
    this.#room = room;
    this.#execs = new RecordedExecs(room, { learnEnvNames });
    this.#opens = new RecordedOpens(room);
    this.#capabilities = new RecordedNames(room);
    this.#syscalls = new RecordedNames(room);
    this.#endpoints = new RecordedEndpoints(room, new HeaderChoice(learnHeaders));
    this.#egress = new RecordedNeighbors(room, this.#names);
    this.#ingress = new RecordedNeighbors(room, this.#names);
    this.#policies = new RecordedPolicies(room);
    this.#callStacks = new RecordedCallStacks(room);
  }

  /** Entries that wait for a report, over all surfaces. */
  get entries(): number {
    return this.#room.entries;
  }

  /** Entries, and additions to entries, that found no room or could not be kept. */
  get dropped(): number {
    return this.#room.dropped;
  }

  /** Events that were learned from: all but forks, exits and what says nothing of the container itself. */
  get seen(): number {
    return this.#seen;
  }

  /** Events of which a part could not be learned: longer than what is kept, or not told by the source. */
  get truncated(): number {
    return this.#truncated;
  }

  /** It is time for a report, whatever the clock says. */
  get isFull(): boolean {
    return this.#room.isFull;
  }

  observe({ event, container }: AttributedEvent): void {
    if (event.type === 'fork' || event.type === 'exit') return;
    if (!isJudgeable(event)) return;
    this.#seen += 1;
    let isWhole = this.#observeSurface(event, container.namespace);
    if (event.callStack !== undefined) {
      isWhole = this.#callStacks.observe(event.type, event.callStack) && isWhole;
    }
    if (!isWhole) this.#truncated += 1;
  }

  /** A rule that takes a policy was true for the process: the profile is to allow it. */
  notePolicy(ruleId: string, processName: string): void {
    this.#policies.note(ruleId, processName);
  }

  /**
   * Takes out at most what one report may hold; what is left stays. What an earlier take has left goes
   * before what came after it, and on each surface the oldest goes first.
   */
  take(): Observed {
    const portion = this.#room.portion();
    const taken = {
      capabilities: taker(this.#capabilities),
      syscalls: taker(this.#syscalls),
      policies: taker(this.#policies),
      execs: taker(this.#execs),
      endpoints: taker(this.#endpoints),
      egress: taker(this.#egress),
      ingress: taker(this.#ingress),
      callStacks: taker(this.#callStacks),
      opens: taker(this.#opens),
    };
    const takers = Object.values(taken);
    for (const { takeLeftBehind } of takers) takeLeftBehind(portion);
    for (const { takeNew } of takers) takeNew(portion);
    const { execs, opens, policies, callStacks, ...lists } = taken;
    return {
      execs: execs.entries,
      opens: opens.entries,
      ...present('capabilities', lists.capabilities.entries),
      ...present('syscalls', lists.syscalls.entries),
      ...present('endpoints', lists.endpoints.entries),
      ...present('egress', lists.egress.entries),
      ...present('ingress', lists.ingress.entries),
      ...present('identifiedCallStacks', callStackTrees(callStacks.entries)),
      ...(policies.entries.length > 0 && { rulePolicies: policiesOf(policies.entries) }),
    };
  }

  /** False when part of the event could not be learned. */
  #observeSurface(event: RawEvent, ownNamespace: string): boolean {
    switch (event.type) {
      case 'open':
        return this.#opens.observe(event) && event.pathTruncated !== true;
      case 'exec':
        return this.#execs.observe(event) && !event.argsTruncated;
      case 'capabilities':
        return this.#capabilities.observe(event.capability);
      case 'syscall':
        return this.#syscalls.observe(event.syscall);
      case 'network':
        return event.direction === 'outbound'
          ? this.#egress.observe(event, ownNamespace)
          : this.#ingress.observe(event, ownNamespace);
      case 'dns':
        return this.#names.observe(event);
      case 'http':
        return this.#endpoints.observe(event);
      default:
        return true;
    }
  }
}

/** One surface while a report is taken. */
interface Taker<Entry> {
  readonly entries: Entry[];
  readonly takeLeftBehind: (portion: Portion) => void;
  readonly takeNew: (portion: Portion) => void;
}

function taker<Entry>(surface: RecordedSurface<Entry>): Taker<Entry> {
  const entries: Entry[] = [];
  const take = (portion: Portion, limit: number) => {
    for (const entry of surface.take(portion, limit)) entries.push(entry);
  };
  return {
    entries,
    takeLeftBehind: (portion) => take(portion, surface.leftBehind),
    takeNew: (portion) => {
      take(portion, Number.POSITIVE_INFINITY);
      surface.markLeftBehind();
    },
  };
}

/** The field of a surface, absent when the surface is empty. */
function present<Name extends string, Entry>(
  name: Name,
  entries: readonly Entry[],
): { readonly [K in Name]?: readonly Entry[] } {
  return entries.length > 0 ? ({ [name]: entries } as { [K in Name]: readonly Entry[] }) : {};
}
