import type { CacheWorld } from './cache-world.ts';
import { markedObject } from './marked-object.ts';
import { FEEDS, type Id, identityOf, OBJECTS, podOf, type TrialObject } from './trial-cast.ts';
import type { TrialModel } from './trial-model.ts';
import { NEEDS } from './trial-needs.ts';
import type { Act, Saying } from './trial-steps.ts';

type Verb = Act['do'];
type StepOf<V extends Verb> = Extract<Act, { readonly do: V }>;
type Acts = { readonly [V in Verb]: (step: StepOf<V>) => void };

const SLOW_MS = 7_000;

/** Does to the world what a step says, and tells the model. Time does not pass. */
export class TrialActs {
  readonly #world: CacheWorld;
  readonly #model: TrialModel;
  readonly #acts: Acts;

  constructor(world: CacheWorld, model: TrialModel) {
    this.#world = world;
    this.#model = model;
    this.#acts = { ...this.#toContainers(), ...this.#toObjects(), ...this.#toStore() };
  }

  take(each: Act): void {
    const act = this.#acts[each.do] as (act: Act) => void;
    act(each);
  }

  #toContainers() {
    const { cache, clock } = this.#world;
    const model = this.#model;
    return {
      add: ({ id }: StepOf<'add'>) => {
        const state = cache.container(id)?.state;
        const isInCache = state !== undefined && state !== 'leaving';
        model.added(id, { nowMs: clock.monotonic(), isInCache });
        cache.containerAdded(id);
      },
      remove: ({ id }: StepOf<'remove'>) => {
        model.removed(id, clock.monotonic());
        cache.containerRemoved(id);
      },
      learn: ({ id }: StepOf<'learn'>) => {
        const known = model.container(id);
        if (known.isThere) known.hasLearned = true;
        cache.learningEnded(id);
      },
      refresh: () => cache.nudge(),
      identify: ({ id }: StepOf<'identify'>) => this.#identify(id),
      relabel: ({ id }: StepOf<'relabel'>) => {
        model.relabelled(id);
        if (model.container(id).isIdentified) this.#identify(id);
      },
      publish: ({ id, says }: StepOf<'publish'>) => this.#publish(id, says),
      jump: ({ ms }: StepOf<'jump'>) => clock.jump(ms),
      needs: ({ are }: StepOf<'needs'>) => {
        model.needs = NEEDS[are];
        cache.needsChanged(NEEDS[are]);
      },
    };
  }

  #toObjects() {
    const { store } = this.#world;
    const model = this.#model;
    return {
      put: ({ object: id, as }: StepOf<'put'>) => {
        const object = objectOf(id);
        const version = store.version + 1;
        const shape = { ...as, isTampered: as.isTampered && object.isWritten };
        const { stored, marked } = markedObject(object, shape, version);
        model.versions.set(version, marked);
        store.put(stored);
      },
      delete: ({ object: id }: StepOf<'delete'>) => {
        const object = objectOf(id);
        const version = store.peek(object.kind, object)?.metadata.resourceVersion;
        if (version !== undefined) model.deletedUpTo.set(id, Number(version));
        store.remove(object.kind, object);
      },
      'get-goes': ({ object: id, as }: StepOf<'get-goes'>) => {
        if (as.fail === 'not-found') model.denied.add(id);
        const object = objectOf(id);
        store.behave(object.kind, object, as);
      },
    };
  }

  #toStore() {
    const { store } = this.#world;
    return {
      'list-goes': ({ feed, as }: StepOf<'list-goes'>) => {
        const { kind, namespace } = feedOf(feed);
        store.behaveList(kind, namespace, as);
      },
      'watch-goes': ({ feed, as }: StepOf<'watch-goes'>) => {
        const { kind, namespace } = feedOf(feed);
        store.behaveWatch(kind, namespace, as);
      },
      watches: ({ act, feed }: StepOf<'watches'>) => {
        const { kind, namespace } = feed === undefined ? {} : feedOf(feed);
        for (const watch of store.watches(kind, namespace)) {
          if (act === 'delay') watch.delayMs = SLOW_MS;
          else if (act === 'hurry') watch.delayMs = 0;
          else watch[act]();
        }
      },
      forget: () => store.forgetHistory(),
      heal: () => store.behaveWell(),
      release: ({ which }: StepOf<'release'>) => store.release(which),
    };
  }

  #identify(id: Id): void {
    this.#model.identified(id, this.#world.clock.monotonic());
    this.#world.identify(identityOf(id, this.#model.container(id).looks));
  }

  #publish(id: Id, says: Saying): void {
    const pod = podOf(id);
    if (pod === undefined) return;
    this.#model.published(id, says, this.#world.clock.monotonic());
    const status = this.#model.podStatus(id);
    const statusOf = ([each, said]: readonly [Id, Saying]) => ({
      name: identityOf(each, this.#model.container(each).looks).name,
      containerId: said === 'waiting' ? '' : `containerd://${each}`,
      state: said === 'ended' ? 'terminated' : said === 'waiting' ? 'waiting' : 'running',
    });
    const published = status && { uid: status.uid, containerStatuses: status.told.map(statusOf) };
    this.#world.publishPod(pod.key, published as Parameters<CacheWorld['publishPod']>[1]);
  }
}

function objectOf(id: string): TrialObject {
  const object = OBJECTS.get(id);
  if (!object) throw new Error(`object ${id} is not in the cast`);
  return object;
}

function feedOf(index: number): (typeof FEEDS)[number] {
  const feed = FEEDS[index];
  if (!feed) throw new Error(`feed ${index} is not in the cast`);
  return feed;
}
