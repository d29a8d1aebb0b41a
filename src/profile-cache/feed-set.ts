import type { ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ContainerLife } from './container-life.ts';
import { type FeedParts, ProfileFeed } from './profile-feed.ts';
import type { AnySource } from './source-set.ts';
import type { TaskSet } from './task-set.ts';

interface Subscription {
  readonly feed: ProfileFeed;
  readonly stop: AbortController;
  /** The lives that need an object, by its name. */
  readonly lives: Map<string, Set<ContainerLife>>;
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
  /** The sources that each life is registered for. */
  readonly #registered = new Map<ContainerLife, readonly AnySource[]>();
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
    return [...this.#subscriptions.values()].reduce((sum, { lives }) => sum + lives.size, 0);
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
    const before = this.#registered.get(life) ?? [];
    for (const source of sources) this.#addInterest(life, source);
    this.#registered.set(life, sources);
    for (const old of before) {
      if (!sources.some((source) => isSameObject(source, old))) this.#loseInterest(life, old);
    }
  }

  /** This life needs nothing any more. A feed that nobody else needs ends. */
  unregister(life: ContainerLife): void {
    const sources = this.#registered.get(life) ?? [];
    this.#registered.delete(life);
    for (const source of sources) this.#loseInterest(life, source);
  }

  #addInterest(life: ContainerLife, { kind, key: { namespace, name } }: AnySource): void {
    const id = feedId(kind, namespace);
    const { lives } = this.#subscriptions.get(id) ?? this.#subscribe(id, kind, namespace);
    const interested = lives.get(name);
    if (interested) interested.add(life);
    else lives.set(name, new Set([life]));
  }

  #loseInterest(life: ContainerLife, { kind, key: { namespace, name } }: AnySource): void {
    const id = feedId(kind, namespace);
    const { lives, stop } = this.#subscriptions.get(id) ?? {};
    const interested = lives?.get(name);
    interested?.delete(life);
    if (interested?.size === 0) lives?.delete(name);
    if (lives?.size !== 0) return;
    stop?.abort();
    this.#subscriptions.delete(id);
  }

  #subscribe(id: string, kind: ProfileKind, namespace: string): Subscription {
    const lives: Subscription['lives'] = new Map();
    const feed = new ProfileFeed(
      { kind, namespace },
      {
        ...this.#parts,
        onChange: (name) => {
          for (const life of lives.get(name) ?? []) this.#onChange(life);
        },
        nextChange: () => {
          this.#change += 1;
          return this.#change;
        },
      },
    );
    const subscription = { feed, stop: new AbortController(), lives };
    this.#subscriptions.set(id, subscription);
    this.#tasks.start('profile feed', () => feed.run(subscription.stop.signal));
    return subscription;
  }
}

function feedId(kind: ProfileKind, namespace: string): string {
  return `${kind} ${namespace}`;
}

function isSameObject(one: AnySource, other: AnySource): boolean {
  return (
    one.kind === other.kind &&
    one.key.namespace === other.key.namespace &&
    one.key.name === other.key.name
  );
}
