import type { CacheWorld } from './cache-world.ts';
import { IDS, sourcesOf, type TrialObject } from './trial-cast.ts';
import type { TrialModel } from './trial-model.ts';
import { NEEDS, type NeedsName } from './trial-needs.ts';
import type { Step } from './trial-steps.ts';

/** Something happens at rest, to a store that is well. What follows from it has so long to arrive. */
export interface Errand {
  /** What comes before, and is not looked at. */
  readonly before?: readonly Step[];
  readonly steps: readonly Step[];
  readonly withinMs: number;
  /** Nothing was changed, so nothing is to be read. */
  readonly isNoNews?: boolean;
}

interface At {
  readonly object: TrialObject;
  readonly needs: NeedsName;
}

const SHAPE = {
  status: 'completed',
  completion: 'complete',
  form: 'flat',
  covers: ['web', 'pay', 'setup', 'debug'],
  isTampered: false,
} as const;
/** The learned profile of `a` and `b`. */
const OF_REPLICAS = { id: 'ContainerProfile shop/deployment-web' };
/** A first retry comes after about a second. */
const RETRIED_MS = 3_000;

const put = ({ id: object }: Pick<TrialObject, 'id'>): Step => ({ do: 'put', object, as: SHAPE });
const pass = (ms: number): Step => ({ do: 'pass', ms });
const watches = (act: 'cut' | 'silence'): Step => ({ do: 'watches', act, feed: undefined });
const get = (
  { id: object }: Pick<TrialObject, 'id'>,
  as: Extract<Step, { do: 'get-goes' }>['as'],
): Step => ({
  do: 'get-goes',
  object,
  as,
});

/** Each must reach the profiles without waiting for a tick. */
const ERRANDS: readonly ((at: At) => Errand)[] = [
  ({ object }) => ({ steps: [put(object)], withinMs: 100 }),
  ({ object }) => ({ steps: [put(object), { do: 'delete', object: object.id }], withinMs: 100 }),
  // The second change comes while the first is being read.
  ({ object }) => ({
    steps: [get(object, { delayMs: 1_000 }), put(object), pass(500), put(object)],
    withinMs: 2_500,
  }),
  // A replica comes while an older version is still on its way to the other one.
  () => ({
    before: [{ do: 'add', id: 'a' }, { do: 'remove', id: 'b' }, pass(2_000)],
    steps: [
      get(OF_REPLICAS, { delayMs: 1_000 }),
      put(OF_REPLICAS),
      pass(500),
      put(OF_REPLICAS),
      { do: 'add', id: 'b' },
    ],
    withinMs: 3_500,
  }),
  ({ object }) => ({
    steps: [get(object, { fail: 'unavailable' }), put(object), pass(100), { do: 'heal' }],
    withinMs: RETRIED_MS,
  }),
  ({ object }) => ({ steps: [watches('cut'), put(object)], withinMs: RETRIED_MS }),
  // Made and forgotten while the watch told nothing: only a list can tell.
  ({ object }) => ({
    steps: [watches('silence'), put(object), { do: 'forget' }, watches('cut')],
    withinMs: RETRIED_MS,
  }),
  ({ object }) => ({
    steps: [
      put(object),
      pass(100),
      watches('silence'),
      { do: 'delete', object: object.id },
      { do: 'forget' },
      watches('cut'),
    ],
    withinMs: RETRIED_MS,
  }),
  ({ needs }) => ({ steps: [{ do: 'needs', are: needs }], withinMs: 100 }),
  ({ object }) => ({
    before: [put(object), pass(100)],
    steps: [watches('cut')],
    withinMs: RETRIED_MS,
    isNoNews: true,
  }),
];

/** One errand, about an object that a container has as a source. Undefined where nobody is to be prompt. */
export function errandFor(seed: number, model: TrialModel, world: CacheWorld): Errand | undefined {
  if (world.store.mode !== 'feeds') return undefined;
  const objects = IDS.flatMap((id) => {
    const { isThere, looks } = model.container(id);
    return isThere && world.cache.container(id) ? sourcesOf(id, looks.isLabelled) : [];
  });
  const object = objects[seed % Math.max(1, objects.length)]?.object;
  const names = Object.keys(NEEDS) as NeedsName[];
  const needs = names[seed % names.length];
  const errand = ERRANDS[Math.floor(seed / 64) % ERRANDS.length];
  return object && needs && errand?.({ object, needs });
}
