import { OWN_PREFIX } from '#cel/standard-functions.js';

/** A function's name as it stands in the source: in the tree ours have inner ones. */
export function writtenName(name: string): string {
  return name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name;
}
