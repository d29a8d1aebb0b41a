import { ANNOTATION } from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';
import { knownPartOf, versionOf } from './known-object.ts';

/** What a feed knows about one object. */
export interface KnownObject {
  /** Undefined: there is none. */
  readonly meta: ObjectMeta | undefined;
  readonly version: string | undefined;
  /** Number of the last news of it. */
  readonly change: number;
}

/** What knowledge works with. */
export interface KnowledgeParts {
  /** Hears which object changed, appeared or vanished. Must not wait. */
  readonly onChange: (name: string) => void;
  /** Numbers changes over all feeds: higher is later. */
  readonly nextChange: () => number;
}

/** Which objects of one kind exist in one namespace and in which version, as lists and a watch tell. */
export class FeedKnowledge {
  readonly #parts: KnowledgeParts;
  readonly #known = new Map<string, KnownObject>();
  /** Number of the last list, or deletion: what is not known did not exist then. */
  #absenceChange = 0;

  constructor(parts: KnowledgeParts) {
    this.#parts = parts;
  }

  /** What is known about an object; its absence is known too. */
  about(name: string): KnownObject {
    const known = this.#known.get(name);
    return known ?? { meta: undefined, version: undefined, change: this.#absenceChange };
  }

  /** Takes a list of everything there is. It is later than any answer that was given before. */
  compare(items: readonly ObjectMeta[]): void {
    const listed = new Map(items.filter(isNoReport).map((meta) => [meta.name, meta]));
    const listChange = this.#parts.nextChange();
    this.#absenceChange = listChange;
    for (const name of [...this.#known.keys()]) {
      if (!listed.has(name)) this.#forget(name);
    }
    for (const [name, meta] of listed) {
      const known = this.#note(name, meta);
      this.#known.set(name, { ...known, change: Math.max(known.change, listChange) });
    }
  }

  /** Takes what a watch tells of one object. */
  take(meta: ObjectMeta, isDeleted: boolean): void {
    if (!isNoReport(meta)) return;
    if (isDeleted) this.#forget(meta.name);
    else this.#note(meta.name, meta);
  }

  #note(name: string, meta: ObjectMeta): KnownObject {
    const known = this.#known.get(name);
    const version = versionOf(meta);
    if (known && version !== undefined && known.version === version) return known;
    const noted = { meta: knownPartOf(meta), version, change: this.#parts.nextChange() };
    this.#known.set(name, noted);
    this.#parts.onChange(name);
    return noted;
  }

  /** A gone object leaves nothing but the number of its going, so that names do not pile up. */
  #forget(name: string): void {
    if (!this.#known.delete(name)) return;
    this.#absenceChange = this.#parts.nextChange();
    this.#parts.onChange(name);
  }
}

/** Reports wait to be merged and are no profile of anything. */
function isNoReport({ annotations }: ObjectMeta): boolean {
  return annotations?.[ANNOTATION.reportSeriesId] === undefined;
}
