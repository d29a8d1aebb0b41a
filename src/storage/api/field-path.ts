import { isRecord } from '#profile/is-record.js';

/** What stands at a dotted path without lists, for example `spec.nodeName`; undefined when nothing does. */
export function valueAt(object: unknown, path: string): unknown {
  let at: unknown = object;
  for (const name of path.split('.')) {
    if (!isRecord(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}
