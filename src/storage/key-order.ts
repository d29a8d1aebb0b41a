import type { ObjectKey } from '#model/profile-store.js';

/** Orders keys by namespace and name, as the bytes of UTF-8 do: the order of SQLite. */
export function byKey(a: ObjectKey, b: ObjectKey): number {
  return (
    Buffer.compare(Buffer.from(a.namespace), Buffer.from(b.namespace)) || byName(a.name, b.name)
  );
}

function byName(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
