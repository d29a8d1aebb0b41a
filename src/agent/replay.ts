import type { AlertSink } from '#alerts/alert-sink.js';
import { Consolidator } from '#consolidation/consolidator.js';
import { inBackground } from '#runtime/background.js';
import type { Logger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { isContainerEvent, type RecordingEntry } from '#sensor/recording-entry.js';
import { type RecordingProblem, RecordingReader } from '#sensor/recording-reader.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { consolidation } from './embedded-store.ts';
import { Flow } from './flow.ts';
import type { FlowParts } from './flow-parts.ts';
import type { Narration } from './live-agent.ts';
import { loadProfiles } from './load-profiles.ts';
import { type LoadedRules, loadRules } from './load-rules.ts';
import { memoryQueue } from './open-queue.ts';
import type { AgentOptions } from './options.ts';
import { type Summary, summaryOf } from './summary.ts';

/** Any seed does, as long as it is always the same: a replay gives the same bytes each time. */
const SEED = 1;
/** The store draws from numbers of its own, so that what it holds moves nothing else. */
const STORE_SEED = 2;
/** Time for what the last entries set off: a last save, a refresh, a narration. */
const SETTLE_MS = 1_000;

/** What a replay is made from. */
export interface ReplayParts {
  readonly file: string;
  /** Manifests of profiles that exist before the recording begins. */
  readonly profiles: readonly string[];
  readonly options: AgentOptions;
  readonly log: Logger;
  /** Made on the replay's own clock, so that what they print has the recording's time. */
  readonly sinks: readonly AlertSink[];
  /** Gets the replay's clock, then what happens. */
  readonly narrate: (now: () => number) => Narration;
  /** Makes what the containers' profiles are looked up in; absent: the profile cache. */
  readonly makeCache?: FlowParts['makeCache'];
}

/** What came of a replay. */
export interface ReplayOutcome {
  readonly summary: Summary;
  /** Lines that could not be used and other damage; the rest was used. */
  readonly recordingProblems: readonly RecordingProblem[];
  readonly damagedLines: number;
  /** Rules and profiles that could not be used; the others were. */
  readonly inputProblems: readonly string[];
}

/**
 * Drives the same stages as a live agent from a recording, on a virtual clock. Deterministic: the same
 * recording, rules, profiles and options give the same alerts at the same times, byte for byte.
 * Rejects with `not-found` or `invalid` when the recording, or all rules, cannot be used.
 */
export async function replay(parts: ReplayParts): Promise<ReplayOutcome> {
  const reader = new RecordingReader(parts.file);
  const entries = reader.entries();
  const first = await entries.next();
  const loaded = await loadRules(parts.options.rules);
  const run = new ReplayRun(parts, reader.header?.timeMs ?? 0, loaded.rules);
  const profileProblems = await loadProfiles(parts.profiles, run.store);
  const background = run.start();
  for (let next = first; !next.done; next = await entries.next()) await run.take(next.value);
  await run.finish(background);
  return {
    summary: run.summary(),
    recordingProblems: reader.problems,
    damagedLines: reader.damagedLines,
    inputProblems: [...loaded.problems.map(({ message }) => message), ...profileProblems],
  };
}

/** The stages of one replay, on its clock, with a store in memory. */
class ReplayRun {
  readonly store: MemoryProfileStore;
  readonly #parts: ReplayParts;
  readonly #clock: VirtualClock;
  readonly #narration: Narration;
  readonly #consolidator: Consolidator;
  readonly #flow: Flow;
  readonly #ending = new AbortController();

  constructor(parts: ReplayParts, startMs: number, rules: LoadedRules['rules']) {
    const { options, log } = parts;
    const clock = new VirtualClock(startMs);
    this.#parts = parts;
    this.#clock = clock;
    this.#narration = parts.narrate(() => clock.now());
    this.store = new MemoryProfileStore({ clock, random: seededRandom(STORE_SEED) });
    this.#consolidator = new Consolidator({
      store: this.store,
      clock,
      log,
      ...consolidation(options),
    });
    this.#flow = new Flow({
      clock,
      random: seededRandom(SEED),
      log,
      store: this.store,
      queue: memoryQueue({ clock, log }),
      rules,
      options,
      hostName: 'replay',
      sinks: parts.sinks,
      makeCache: parts.makeCache,
      onSaved: (saved) => {
        this.#narration.onSaved(saved);
        this.#consolidator.nudge();
      },
      onCacheChange: (change) => this.#narration.onCacheChange(change),
    });
  }

  /** Starts the loops; their promises settle after {@link finish} has told them to end. */
  start(): readonly Promise<void>[] {
    const { log } = this.#parts;
    const { signal } = this.#ending;
    return [
      inBackground('profile cache', log, () => this.#flow.cache.run({ signal })),
      inBackground('consolidation', log, () => this.#consolidator.run({ signal })),
    ];
  }

  /** Moves the clock to the entry's time and hands it to the stages. */
  async take(entry: RecordingEntry): Promise<void> {
    await this.#clock.advanceTo(entry.timeMs);
    if (!isContainerEvent(entry)) {
      this.#flow.acceptRecords([entry]);
      return;
    }
    this.#narration.onContainerEvent(entry);
    this.#flow.acceptContainerEvent(entry);
  }

  /** Brings everything to its place, as the end of a live agent does, and ends the loops. */
  async finish(background: readonly Promise<void>[]): Promise<void> {
    const { options } = this.#parts;
    // What waits for its container gets its full time before it is given up, as in a live agent.
    await this.#clock.advance(options.holdTime + 2 * options.orderWindow + SETTLE_MS);
    this.#flow.drain();
    const stopping = this.#flow.learner.stop();
    await this.#clock.advance(options.storeCallBudget);
    await stopping;
    this.#ending.abort();
    await Promise.all(background);
    await this.#flow.alerts.close();
  }

  summary(): Summary {
    return summaryOf(this.#flow);
  }
}
