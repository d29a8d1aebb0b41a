import { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ContainerLife } from './container-life.ts';
import type { CacheCounters } from './counters.ts';
import type { KnownObject } from './feed-knowledge.ts';
import type { FeedSet } from './feed-set.ts';
import { FlawMemo } from './flaw-memo.ts';
import type { ProfileObject } from './layers.ts';
import type { ObjectAnswer, ObjectReader } from './object-reader.ts';
import type { OverlayCoverage } from './overlay-coverage.ts';
import type { ProfileVerifier, TamperedProfile } from './ports.ts';
import type { AnySource } from './source-set.ts';

/** A source that has to be read, and the change that the answer must be later than. */
export interface Due {
  readonly source: AnySource;
  readonly since: number;
}

/** What reading works with. */
export interface ReadingParts {
  readonly feeds: FeedSet;
  readonly reader: ObjectReader;
  readonly coverage: OverlayCoverage;
  readonly counters: CacheCounters;
  readonly log: Logger;
  readonly verifier: ProfileVerifier | undefined;
  readonly onTampered: (tampered: TamperedProfile) => void;
  /** Objects that are not trusted count as not there, instead of as they were before. */
  readonly isTamperedAbsent: boolean;
}

/** What was read in one round. */
export interface RoundReadings {
  /** The objects, by the source they were read for. */
  readonly bodies: Map<AnySource, ProfileObject | undefined>;
  /** Of all sources that were asked for, the change that the answer had to be later than. */
  readonly asked: Map<AnySource, number>;
  /** A call failed and may succeed later. */
  isToBeRetried: boolean;
}

/** Decides which of a container's sources have to be read, and reads them. */
export class SourceReading {
  readonly #parts: ReadingParts;
  readonly #flaws = new FlawMemo();

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /**
   * The sources about which more may be known than what the container knows. What a feed says about
   * a source of which nothing is known yet is taken on the way: that costs no call.
   */
  findDue(life: ContainerLife, asked?: RoundReadings['asked']): readonly Due[] {
    const due: Due[] = [];
    for (const source of life.sources?.all ?? []) {
      // Asked for and still unknown: the call failed, and asking at once would not help.
      if (asked?.has(source) && source.isUnknown) continue;
      const since = this.#sinceOf(source);
      if (since === undefined || since <= (asked?.get(source) ?? -1)) continue;
      due.push({ source, since });
    }
    return due;
  }

  /** The same sources, to be read as they are now. */
  now(sources: Iterable<AnySource>): readonly Due[] {
    const since = this.#parts.feeds.latestChange;
    return [...sources].map((source) => ({ source, since }));
  }

  /**
   * Reads what is due, all at once, and puts the answers into the sources and into `readings`, unless
   * the life has ended meanwhile.
   */
  async read(life: ContainerLife, due: readonly Due[], readings: RoundReadings): Promise<void> {
    for (const { source, since } of due) readings.asked.set(source, since);
    const takes = await Promise.all(due.map((each) => this.#ask(life, each, readings.bodies)));
    if (life.signal.aborted) return;
    for (const take of takes) readings.isToBeRetried = take() || readings.isToBeRetried;
  }

  /** Undefined: it need not be read. */
  #sinceOf(source: AnySource): number | undefined {
    const { feeds } = this.#parts;
    const feed = feeds.feedOf(source.kind, source.key);
    // The feed can say nothing: whatever is stored now.
    if (!feed?.isUsable) return feeds.latestChange;
    const known = feed.about(source.key.name);
    const { meta, version, change } = known;
    if (source.isUnknown && (meta === undefined || version !== undefined)) {
      // What is verified has to be seen: its last trusted version is kept here.
      if (meta !== undefined && this.#isVerified(source)) return change;
      source.announced(meta, change);
      return undefined;
    }
    if (isSame(source, known) || source.hasRejected(version)) return undefined;
    // An answer that is later than what the feed knows is the better one, whatever it says.
    return change <= source.asOf ? undefined : change;
  }

  /** Asks for one object. What comes back puts the answer into the source, and tells of a failure to be retried. */
  async #ask(
    life: ContainerLife,
    { source, since }: Due,
    bodies: RoundReadings['bodies'],
  ): Promise<() => boolean> {
    const { signal } = life;
    const { kind, key } = source;
    try {
      const answer = await this.#parts.reader.read(kind, key, { since, signal });
      const reason = await this.#distrust(source, answer, signal);
      return () => {
        if (reason === undefined) this.#takeUnlessFlawed(life, source, { answer, bodies });
        else this.#refuse(life, source, { answer, reason });
        return false;
      };
    } catch (reason) {
      return () => this.#fail(source, AgentError.from(reason, 'unavailable'));
    }
  }

  async #distrust(
    source: AnySource,
    { object }: ObjectAnswer<ProfileKind>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { verifier } = this.#parts;
    if (verifier === undefined || object === undefined || !this.#isVerified(source)) {
      return undefined;
    }
    return verifier.verify(source.kind, object, { signal });
  }

  /** What was learned was written by the agents themselves. */
  #isVerified({ role }: AnySource): boolean {
    return this.#parts.verifier !== undefined && role !== 'learned';
  }

  #takeUnlessFlawed(
    { container, containerId }: ContainerLife,
    source: AnySource,
    {
      answer,
      bodies,
    }: { readonly answer: ObjectAnswer<ProfileKind> } & Pick<RoundReadings, 'bodies'>,
  ): void {
    const { object, asOf } = answer;
    const flaw = object && container && this.#flaws.of(source, object, container);
    if (object === undefined || flaw === undefined) {
      this.#take(source, answer, bodies);
      return;
    }
    const { resourceVersion = '' } = object.metadata;
    const reason = `version ${resourceVersion} cannot be understood: ${flaw}`;
    if (!source.rejected(object.metadata, { asOf, reason, isAbsent: false })) return;
    this.#parts.log.warn('profile cannot be understood', {
      containerId,
      ...source.originIn(resourceVersion),
      reason: flaw,
    });
  }

  #take(
    source: AnySource,
    { object, asOf }: ObjectAnswer<ProfileKind>,
    bodies: RoundReadings['bodies'],
  ): void {
    // A reader answers a question about a kind with objects of that kind.
    (source.answered as (object: unknown, asOf: number) => void).call(source, object, asOf);
    bodies.set(source, object);
    this.#compareWithFeed(source);
    if (this.#isVerified(source)) source.keep(object as never);
    if (object && object.kind !== 'ContainerProfile' && source.kind !== 'ContainerProfile') {
      this.#parts.coverage.saw(source, object.spec);
    }
  }

  /** Usually the feed is about to tell the same; if it does not, one of the two is wrong. */
  #compareWithFeed(source: AnySource): void {
    const feed = this.#parts.feeds.feedOf(source.kind, source.key);
    if (!feed?.isUsable) return;
    const known = feed.about(source.key.name);
    if (!isSame(source, known)) feed.doubt();
    else if (known.meta) source.share(known.meta);
  }

  #refuse(
    life: ContainerLife,
    source: AnySource,
    { answer, reason }: { readonly answer: ObjectAnswer<ProfileKind>; readonly reason: string },
  ): void {
    const { object, asOf } = answer;
    if (object === undefined) return;
    const { log, counters, onTampered, isTamperedAbsent: isAbsent } = this.#parts;
    if (!source.rejected(object.metadata, { asOf, reason, isAbsent })) return;
    counters.tampered += 1;
    const { containerId } = life;
    const origin = source.originIn(object.metadata.resourceVersion);
    log.warn('profile is not trusted', { containerId, ...origin, reason });
    onTampered({ containerId, origin, reason });
  }

  #fail(source: AnySource, error: AgentError): boolean {
    const { log } = this.#parts;
    const { kind, key, role } = source;
    const isNews = source.error !== error.message;
    source.failed(error.message);
    if (error.code === 'aborted') return false;
    const about = { kind, ...key, role, ...errorFields(error) };
    if (error.isRetried) log.debug('profile cannot be read', about);
    else if (isNews) log.warn('profile cannot be read, and trying again will not help', about);
    return error.isRetried;
  }
}

/** The container knows of the object what the feed knows. */
function isSame(source: AnySource, { meta, version }: KnownObject): boolean {
  return meta === undefined ? source.presence === 'absent' : source.version === version;
}
