import assert from 'node:assert/strict';
import type { ObjectMeta } from '#model/profile.js';
import type { ObjectList, WatchEvent } from '#model/profile-store.js';
import { versionOfEvent } from './watch-reader.ts';

/** What a reader knows who lists once and follows the watch from there. Fails where an event does not fit. */
export class ListReplica {
  /** Where to go on. */
  version: string;
  readonly #items: Map<string, ObjectMeta>;

  constructor({ resourceVersion, items }: ObjectList) {
    this.version = resourceVersion;
    this.#items = new Map(items.map((item) => [keyOf(item), item]));
  }

  /** By namespace and name. */
  get items(): readonly ObjectMeta[] {
    return [...this.#items.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  apply(event: WatchEvent): void {
    const version = versionOfEvent(event);
    const isLater = Number(version) > Number(this.version);
    assert.ok(isLater || (event.type === 'bookmark' && version === this.version), 'told again');
    this.version = version;
    if (event.type === 'bookmark') return;
    const key = keyOf(event.metadata);
    assert.equal(this.#items.has(key), event.type !== 'added', `${event.type} ${key} missed one`);
    if (event.type === 'deleted') this.#items.delete(key);
    else this.#items.set(key, event.metadata);
  }
}

/** The separator sorts before every character of a name, as the order by two columns does. */
function keyOf({ namespace, name }: ObjectMeta): string {
  return `${namespace}\u0000${name}`;
}
