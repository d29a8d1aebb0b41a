import type { ProfileKind } from '#model/profile.js';
import type { Change, ChangeQuery } from './change-tables.ts';

interface MemoryChange {
  readonly type: Change['type'];
  readonly kind: ProfileKind;
  readonly namespace: string;
  /** JSON, for the same reason as that of objects. */
  readonly metadata: string;
}

/** Changes by their versions. Who writes them says what to forget, and so how many there are. */
export class MemoryChanges {
  readonly #byVersion = new Map<number, MemoryChange>();
  #forgotten = 0;
  #last = 0;

  /** Everything after this version is here. */
  get forgotten(): number {
    return this.#forgotten;
  }

  put({ type, kind, metadata }: Change): void {
    this.#last = Number(metadata.resourceVersion);
    this.#byVersion.set(this.#last, {
      type,
      kind,
      namespace: metadata.namespace,
      metadata: JSON.stringify(metadata),
    });
  }

  read({ kind, namespace, after, limit }: ChangeQuery): readonly Change[] {
    const found: Change[] = [];
    for (let version = after + 1; version <= this.#last && found.length < limit; version += 1) {
      const change = this.#byVersion.get(version);
      if (change?.kind !== kind) continue;
      if (namespace !== undefined && change.namespace !== namespace) continue;
      found.push({ type: change.type, kind, metadata: JSON.parse(change.metadata) });
    }
    return found;
  }

  forget(upTo: number): void {
    for (let version = this.#forgotten + 1; version <= upTo; version += 1) {
      this.#byVersion.delete(version);
    }
    this.#forgotten = Math.max(this.#forgotten, upTo);
  }
}
