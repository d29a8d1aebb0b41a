import { FIRST_MADE_UP_CGROUP_ID } from '#model/container.js';
import type { CgroupRecord } from '#model/raw-event.js';
import type { NamedContainer } from './line-meaning.ts';

/** How many containers are known at a time. A node has some hundreds. */
const MAX_CONTAINERS = 4_096;
/** Docker's ids as Tetragon cuts them. */
const SHORT_ID_CHARS = 31;
/** A record is told again after so much time, for readers that have forgotten it with the container. */
const REPEAT_MS = 10_000;

interface Known {
  readonly cgroupId: number;
  toldMs: number;
}

/**
 * Makes up cgroup ids for containers that are known by their ids alone. Sources that share one such table give
 * the same container the same cgroup.
 */
export class ContainerCgroups {
  readonly #known = new Map<string, Known>();
  /** What was said last and most of a container, by the first characters of its id: some lines say less. */
  readonly #fullest = new Map<string, NamedContainer>();
  #nextId = FIRST_MADE_UP_CGROUP_ID;

  /** The cgroup of the container's events, and the record that has to come before the event at `timeMs`, if any. */
  cgroupOf(
    container: NamedContainer,
    timeMs: number,
  ): { readonly cgroupId: number; readonly record: CgroupRecord | undefined } {
    const { id, life } = this.#completed(container);
    const key = `${id} ${life}`;
    const known = this.#known.get(key) ?? this.#add(key);
    // Not when an old line comes late: the cgroup would seem to have been there before its container.
    const isDue = timeMs >= known.toldMs + REPEAT_MS;
    if (!isDue) return { cgroupId: known.cgroupId, record: undefined };
    known.toldMs = timeMs;
    const { cgroupId } = known;
    return { cgroupId, record: { type: 'cgroup', timeMs, cgroupId, name: id, parentName: '' } };
  }

  #completed({ id, life }: NamedContainer): NamedContainer {
    const short = id.slice(0, SHORT_ID_CHARS);
    const fullest = this.#fullest.get(short);
    const isSame = fullest?.id === id || (fullest !== undefined && id === short);
    if (isSame && (life === '' || life === fullest.life)) return fullest;
    const completed = { id: isSame ? fullest.id : id, life };
    if (fullest === undefined) forgetOldest(this.#fullest);
    this.#fullest.set(short, completed);
    return completed;
  }

  #add(key: string): Known {
    forgetOldest(this.#known);
    const known = { cgroupId: this.#nextId, toldMs: Number.NEGATIVE_INFINITY };
    this.#nextId += 1;
    this.#known.set(key, known);
    return known;
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size < MAX_CONTAINERS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
