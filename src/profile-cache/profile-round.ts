import { withBudget } from '#runtime/abort.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { ContainerLife } from './container-life.ts';
import type { FeedSet } from './feed-set.ts';
import type { Bodies } from './layers.ts';
import type { LifeTable } from './life-table.ts';
import type { IdentitySource } from './ports.ts';
import type { ProfileDecision } from './profile-decision.ts';
import type { Due, RoundReadings, SourceReading } from './source-reading.ts';
import type { AnySource, SourceSet } from './source-set.ts';
import type { StoreCalls } from './store-calls.ts';

/** What a round works with. */
export interface RoundParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly identities: IdentitySource;
  readonly table: LifeTable;
  readonly feeds: FeedSet;
  readonly reading: SourceReading;
  readonly decision: ProfileDecision;
  readonly calls: StoreCalls;
  readonly slices: WorkSlices;
}

/** A namespace's first lists are waited for this long; then objects are read one by one. */
const FEED_PATIENCE_MS = 1_000;
/** A failed call is tried again after about a second, later at every tick or so. */
const RETRY = { firstMs: 1_000, maxMs: 30_000 };
/** Sources can change while they are read. So many times in a row is left to the next change. */
const MOST_READINGS = 5;
const NO_BODIES: Bodies = new Map();

/**
 * Brings one container up to date: reads those of its sources that changed, and then decides by
 * everything known. Adding, retrying and refreshing are all this.
 */
export class ProfileRound {
  readonly #parts: RoundParts;

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /**
   * Brings it up to date without a call, when that can be done. False when something has to be read,
   * or a round is under way.
   */
  settlesWithoutCall(life: ContainerLife): boolean {
    // Whoever asks may have waited since the life ended: the dead are not resurrected.
    if (life.signal.aborted) return true;
    if (life.round !== undefined || life.lastRoundMs === undefined) return false;
    const { reading, decision, clock } = this.#parts;
    try {
      this.#identify(life);
      if (reading.findDue(life).length > 0 || decision.settle(life, NO_BODIES).length > 0)
        return false;
      life.lastRoundMs = clock.now();
    } catch (reason) {
      decision.refuse(life, reason);
    }
    return true;
  }

  /** Something may have changed for it: starts a round, or has the one under way followed by another. */
  async follow(life: ContainerLife): Promise<void> {
    life.isStale = true;
    await this.run(life);
  }

  /** Starts a round, or joins the one under way. Never rejects; settles within the budget of some calls. */
  run(life: ContainerLife): Promise<void> {
    if (life.signal.aborted) return Promise.resolve();
    life.round ??= this.#rounds(life).finally(() => {
      life.round = undefined;
    });
    return life.round;
  }

  /** The same, with the learned profile read anew, whatever is said of it. */
  readLearned(life: ContainerLife): Promise<void> {
    life.isLearnedDue = true;
    return this.follow(life);
  }

  async #rounds(life: ContainerLife): Promise<void> {
    do {
      await this.#round(life).catch((reason: unknown) => this.#parts.decision.refuse(life, reason));
    } while ((life.isStale || life.isLearnedDue) && !life.signal.aborted && life.container);
  }

  async #round(life: ContainerLife): Promise<void> {
    this.#identify(life);
    const { sources } = life;
    if (!sources) return;
    if (life.lastRoundMs === undefined) await this.#feedsAnswer(life, sources);
    const { isLearnedDue } = life;
    // What was told until now is seen by what follows.
    life.isStale = false;
    life.isLearnedDue = false;
    const { reading, table } = this.#parts;
    const readings: RoundReadings = { bodies: new Map(), asked: new Map(), isToBeRetried: false };
    let due = reading.findDue(life);
    if (isLearnedDue) due = withAll(due, reading.now([sources.learned]));
    let lacking: readonly AnySource[] = [];
    for (let times = 0; times < MOST_READINGS; times += 1) {
      await this.#read(life, due, readings);
      // It was removed while the calls were under way, or all ends: the dead are not resurrected.
      if (life.signal.aborted) return;
      lacking = this.#settle(life, readings);
      due = [...reading.findDue(life, readings.asked), ...reading.now(lacking)];
      if (due.length === 0 || hasFailed(lacking, readings)) break;
    }
    if (lacking.length > 0 && !life.built) table.pend(life, 'store-failed');
    this.#retryLater(life, readings.isToBeRetried);
  }

  async #read(life: ContainerLife, due: readonly Due[], readings: RoundReadings): Promise<void> {
    const { reading, slices, clock } = this.#parts;
    if (due.length > 0) await reading.read(life, due, readings);
    await slices.turn();
    life.lastRoundMs = clock.now();
    const { learned } = life.sources ?? {};
    if (learned && learned.error === undefined) life.learning.saw(learned.version);
  }

  /**
   * Decides, if need be without what could not be read and was never seen: one source must not hold
   * up the others. Gives the sources that are still lacking.
   */
  #settle(life: ContainerLife, readings: RoundReadings): readonly AnySource[] {
    const { decision } = this.#parts;
    const lacking = decision.settle(life, readings.bodies);
    const failed = lacking.filter((source) => readings.asked.has(source) && source.error);
    const isFewer = failed.map((source) => source.retract()).includes(true);
    return isFewer ? decision.settle(life, readings.bodies) : lacking;
  }

  /** Takes its identity, or news of it, and has the feeds follow its sources. */
  #identify(life: ContainerLife): void {
    const { identities, feeds } = this.#parts;
    // Whether it is to be here at all is decided at its arrival.
    if (!life.container || life.signal.aborted) return;
    const container = identities.identityOf(life.containerId) ?? life.container;
    const before = life.sources;
    life.identified(container);
    if (life.sources !== before) feeds.register(life);
  }

  async #feedsAnswer(life: ContainerLife, { all }: SourceSet): Promise<void> {
    const { feeds, clock } = this.#parts;
    const own = new Set(all.map(({ kind, key }) => feeds.feedOf(kind, key)));
    const answers = [...own].filter((feed) => feed && !feed.hasAnswered);
    if (answers.length === 0) return;
    const what = 'waiting for the first lists';
    await withBudget({ clock, budgetMs: FEED_PATIENCE_MS, signal: life.signal, what }, () =>
      Promise.all(answers.map((feed) => feed?.firstAnswer)),
    ).catch(() => {});
  }

  #retryLater(life: ContainerLife, isToBeRetried: boolean): void {
    const { clock, random, calls } = this.#parts;
    life.cancelRetry();
    if (life.retries) life.nextTryMs = undefined;
    if (!isToBeRetried || life.signal.aborted) {
      life.retries = undefined;
      return;
    }
    life.retries ??= new Backoff(RETRY, random);
    const waitMs = calls.pauseMs + life.retries.next();
    life.nextTryMs = clock.now() + waitMs;
    life.cancelRetry = clock.schedule(waitMs, () => this.run(life));
  }
}

/** What was asked for and could not be read is not asked for again at once. */
function hasFailed(lacking: readonly AnySource[], { asked }: RoundReadings): boolean {
  return lacking.some((source) => asked.has(source) && source.error !== undefined);
}

/** Those of `more` replace those of `due` for the same source. */
function withAll(due: readonly Due[], more: readonly Due[]): readonly Due[] {
  const sources = new Set(more.map(({ source }) => source));
  return [...due.filter(({ source }) => !sources.has(source)), ...more];
}
