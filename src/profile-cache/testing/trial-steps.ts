import fc from 'fast-check';
import type { Shape } from './marked-object.ts';
import type { Behaviour } from './scripted-answer.ts';
import type { ServerMode } from './scripted-profile-store.ts';
import { FEEDS, IDS, type Id, OBJECTS, SECTIONS } from './trial-cast.ts';
import { NEEDS, type NeedsName } from './trial-needs.ts';

export const SAYINGS = ['running', 'waiting', 'ended', 'absent', 'unknown'] as const;
/** What is published about a container: `absent` from its pod, or nothing at all (`unknown`). */
export type Saying = (typeof SAYINGS)[number];

export const WATCH_ACTS = ['cut', 'end', 'expire', 'silence', 'delay', 'hurry'] as const;
/** What happens to the watches that run. */
export type WatchAct = (typeof WATCH_ACTS)[number];

/** One thing that happens. `object` and `feed` are ids: `kind namespace/name` and `kind namespace`. */
export type Act =
  | {
      readonly do: 'add' | 'remove' | 'learn' | 'identify' | 'relabel';
      readonly id: Id;
    }
  | { readonly do: 'put'; readonly object: string; readonly as: Shape }
  | { readonly do: 'delete'; readonly object: string }
  | { readonly do: 'get-goes'; readonly object: string; readonly as: Behaviour }
  | { readonly do: 'list-goes' | 'watch-goes'; readonly feed: number; readonly as: Behaviour }
  | { readonly do: 'watches'; readonly act: WatchAct; readonly feed: number | undefined }
  | { readonly do: 'forget' | 'refresh' | 'heal' }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'needs'; readonly are: NeedsName }
  | { readonly do: 'publish'; readonly id: Id; readonly says: Saying }
  | { readonly do: 'jump'; readonly ms: number };

/** An act, time that passes, or acts that come so close that work for one is not done when the next comes. */
export type Step =
  | Act
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'burst'; readonly of: readonly Act[] };

/** What holds for a whole trial. */
export interface Setting {
  readonly mode: ServerMode;
  readonly onTampered: 'keep' | 'absent';
  readonly preExisting: readonly Id[];
  readonly labelled: readonly Id[];
  /** Who is not known yet when it is added. */
  readonly late: readonly Id[];
  readonly seed: number;
  /** How long the cache's work takes; with more than nothing it is cut into slices. */
  readonly lookMs: number;
  /** The cache is stopped when the steps are over, instead of being given time to come to rest. */
  readonly isStoppedAtOnce: boolean;
}

const id = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Id>('a', 'b') },
  { weight: 1, arbitrary: fc.constantFrom(...IDS) },
);
const ofShop = [...OBJECTS.keys()].slice(0, 7);
const object = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ofShop) },
  { weight: 2, arbitrary: fc.constantFrom(...OBJECTS.keys()) },
);
const feed = fc.nat({ max: FEEDS.length - 1 });
const which = fc.nat({ max: 9 });
const short = fc.integer({ min: 0, max: 12_000 });
const failure = fc.constantFrom('unavailable', 'not-found', 'invalid', 'internal', 'expired');
const getBehaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ delayMs: short }),
  fc.constant({ isHeld: true }),
  fc.record({ delayMs: short, isDeaf: fc.boolean() }),
  fc.record({ delayMs: fc.integer({ min: 0, max: 6_000 }), fail: failure }),
  fc.constant({ hang: true }),
  fc.record({
    fail: fc.constant('unavailable'),
    retryAfterMs: fc.integer({ min: 0, max: 40_000 }),
  }),
);
const feedFailure: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({
    delayMs: fc.integer({ min: 0, max: 6_000 }),
    fail: fc.constantFrom('unavailable', 'expired', 'internal', 'invalid'),
  }),
  fc.constant({ hang: true }),
);
const listBehaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ delayMs: short, isDeaf: fc.boolean() }),
  feedFailure,
);
const watchBehaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ delayMs: short }),
  feedFailure,
);
const shape: fc.Arbitrary<Shape> = fc.record({
  status: fc.constantFrom('completed', 'ready'),
  completion: fc.constantFrom('complete', 'partial'),
  form: fc.constantFrom('flat', 'grouped', 'refused'),
  covers: fc.subarray(Object.keys(SECTIONS), { minLength: 1 }),
  isTampered: fc.integer({ min: 0, max: 7 }).map((one) => one === 7),
});
const ms = fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 60_000 }));

/** Anything that may happen at once, the frequent things more often. */
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add'), id }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove'), id }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('identify', 'learn', 'relabel'), id }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('put'), object, as: shape }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), object }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('get-goes'), object, as: getBehaviour }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list-goes'), feed, as: listBehaviour }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('watch-goes'), feed, as: watchBehaviour }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('watches'),
      act: fc.constantFrom(...WATCH_ACTS),
      feed: fc.option(feed, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('heal', 'forget', 'refresh') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release'), which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('needs'),
      are: fc.constantFrom(...(Object.keys(NEEDS) as NeedsName[])),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('publish'), id, says: fc.constantFrom(...SAYINGS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump'),
      ms: fc.integer({ min: -100_000_000, max: 100_000_000 }),
    }),
  },
);

const burst = fc.array(act, { minLength: 2, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: act },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('burst'), of: burst }) },
);

/** Steps of one trial. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, {
  minLength: 3,
  maxLength: 40,
  size: 'max',
});

const some = fc.subarray([...IDS]);
/** The setting of one trial; most stores list and watch. */
export const setting: fc.Arbitrary<Setting> = fc.record({
  mode: fc.oneof(
    { weight: 8, arbitrary: fc.constant<ServerMode>('feeds') },
    { weight: 2, arbitrary: fc.constantFrom<ServerMode>('no-feeds', 'public') },
  ),
  onTampered: fc.constantFrom('keep', 'absent'),
  preExisting: some,
  labelled: some,
  late: fc.subarray(['c', 'b', 'e'] as const),
  seed: fc.nat(),
  lookMs: fc.constantFrom(0, 0.5, 2),
  isStoppedAtOnce: fc.integer({ min: 0, max: 4 }).map((one) => one === 4),
});

/** A step as a person would say it. */
export function textOf(each: Step): string {
  if (each.do === 'burst') return each.of.map(textOf).join(' + ');
  const { do: verb, ...rest } = each;
  const words = Object.entries(rest).map(([key, value]) =>
    key === 'feed' && typeof value === 'number'
      ? `feed ${FEEDS[value]?.kind} ${FEEDS[value]?.namespace}`
      : `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return [verb, ...words].join(' ');
}
