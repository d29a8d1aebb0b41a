import type { Container } from '#model/container.js';
import { flawOf, type ProfileObject, sliceOf } from './layers.ts';
import type { AnySource } from './source-set.ts';

/**
 * What is wrong with objects as sources of containers, looked for once for all containers that an answer
 * is for: replicas hear of a new version together. Forgets an object with its last holder.
 */
export class FlawMemo {
  readonly #bySlice = new WeakMap<ProfileObject, Map<string, string | undefined>>();

  /** As {@link flawOf}. */
  of(source: AnySource, object: ProfileObject, container: Container): string | undefined {
    const known = this.#bySlice.get(object) ?? new Map<string, string | undefined>();
    this.#bySlice.set(object, known);
    const slice = sliceOf(source, container);
    if (!known.has(slice)) known.set(slice, flawOf(source, object, container));
    return known.get(slice);
  }
}
