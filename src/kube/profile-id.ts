import type { ObjectKey } from '#model/profile-store.js';

/** One text for an object's namespace and name; in its order they are sorted. */
export function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}\u0000${name}`;
}

/** The key that {@link idOf} made the text of. */
export function keyOfId(id: string): ObjectKey {
  const [namespace = '', name = ''] = id.split('\u0000');
  return { namespace, name };
}
