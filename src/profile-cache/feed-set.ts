import type { ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ContainerLife } from './container-life.ts';
import { type FeedParts, ProfileFeed } from './profile-feed.ts';
import type { TaskSet } from './task-set.ts';

interface Subscription {
  readonly feed: ProfileFeed;
  readonly stop: AbortController;
  /** The lives that need it. */
  readonly lives: Set<ContainerLife>;
}

/**
 * The feeds that the containers here need, one for each kind and namespace, begun with the first
 * container that needs it and ended with the last; and which container waits for which object.
 */
export class FeedSet {
  readonly #parts: Omit<FeedParts, 'onChange' | 'nextChange'>;
  readonly #tasks: TaskSet;
  readonly #onChange: (life: ContainerLife) => void;
  readonly #subscriptions = new Map<string, Subscription>();
  /** By object. */
  readonly #interested = new Map<string, Set<ContainerLife>>();
  /** By life: the objects it is registered for. */
  readonly #registered = new Map<ContainerLife, readonly string[]>();
  #change = 0;

  constructor(
    parts: Omit<FeedParts, 'onChange' | 'nextChange'> & { readonly tasks: TaskSet },
    onChange: (life: ContainerLife) => void,
  ) {
    this.#parts = parts;
    this.#tasks = parts.tasks;
    this.#onChange = onChange;
  }

  /** How many feeds there are. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** How many objects somebody waits for. */
  get objectCount(): number {
    return this.#interested.size;
  }

  feeds(): readonly ProfileFeed[] {
    return [...this.#subscriptions.values()].map(({ feed }) => feed);
  }

  /** Number of the latest change of all feeds. A call that begins now sees it. */
  get latestChange(): number {
    return this.#change;
  }

  /** The feed that tells of an object. Undefined for one that no registered life asked for. */
  feedOf(kind: ProfileKind, { namespace }: ObjectKey): ProfileFeed | undefined {
    return this.#subscriptions.get(feedId(kind, namespace))?.feed;
  }

  /** From now on this life is told of changes of its sources; replaces what was said of it before. */
  register(life: ContainerLife): void {
    const sources = life.sources?.all ?? [];
    const before = this.#registered.get(life);
    const ids = sources.map(({ kind, key }) => objectId(kind, key.namespace, key.name));
    if (before?.join() === ids.join()) return;
    for (const { kind, key } of sources) this.#subscribe(life, kind, key.namespace);
    for (const id of ids) {
      const lives = this.#interested.get(id) ?? new Set();
      this.#interested.set(id, lives.add(life));
    }
    this.#registered.set(life, ids);
    const kept = new Set(ids);
    for (const id of before ?? []) if (!kept.has(id)) this.#loseInterest(life, id);
  }

  /** This life needs nothing any more. A feed that nobody else needs ends. */
  unregister(life: ContainerLife): void {
    for (const id of this.#registered.get(life) ?? []) this.#loseInterest(life, id);
    this.#registered.delete(life);
    for (const [id, { lives, stop }] of this.#subscriptions) {
      if (!lives.delete(life) || lives.size > 0) continue;
      stop.abort();
      this.#subscriptions.delete(id);
    }
  }

  #subscribe(life: ContainerLife, kind: ProfileKind, namespace: string): void {
    const id = feedId(kind, namespace);
    const known = this.#subscriptions.get(id);
    if (known) {
      known.lives.add(life);
      return;
    }
    const feed = new ProfileFeed(
      { kind, namespace },
      {
        ...this.#parts,
        onChange: (...object) => this.#tell(objectId(...object)),
        nextChange: () => {
          this.#change += 1;
          return this.#change;
        },
      },
    );
    const stop = new AbortController();
    this.#subscriptions.set(id, { feed, stop, lives: new Set([life]) });
    this.#tasks.start('profile feed', () => feed.run(stop.signal));
  }

  #tell(id: string): void {
    for (const life of this.#interested.get(id) ?? []) this.#onChange(life);
  }

  #loseInterest(life: ContainerLife, id: string): void {
    const lives = this.#interested.get(id);
    lives?.delete(life);
    if (lives?.size === 0) this.#interested.delete(id);
  }
}

function feedId(kind: ProfileKind, namespace: string): string {
  return `${kind} ${namespace}`;
}

function objectId(kind: ProfileKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}
