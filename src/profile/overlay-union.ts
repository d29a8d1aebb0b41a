import { CONTAINER_TYPES } from '#model/container.js';
import type { ApplicationProfile, NetworkNeighborhood } from '#model/profile.js';

/** The kinds of object that people lay over what was learned. */
export type OverlayObject = ApplicationProfile | NetworkNeighborhood;

type Fields = Readonly<Record<string, unknown>>;

/**
 * An overlay with everything in it that another one allows: containers by name, lists joined, entries once
 * each, what is set stays. Metadata is that of the first, its version too, so that a store takes the result
 * only while it still has the first.
 */
export function overlayUnion<Overlay extends OverlayObject>(
  existing: Overlay,
  added: Overlay,
): Overlay {
  const spec: Record<string, unknown> = { ...existing.spec };
  for (const type of CONTAINER_TYPES) {
    const others = added.spec[type] ?? [];
    if (others.length > 0) spec[type] = joinedContainers(existing.spec[type] ?? [], others);
  }
  return { ...existing, spec } as Overlay;
}

function joinedContainers(
  containers: readonly { readonly name?: string }[],
  added: readonly { readonly name?: string }[],
): readonly Fields[] {
  const joined = new Map(containers.map((each) => [each.name, each as Fields]));
  for (const each of added) {
    const known = joined.get(each.name);
    joined.set(each.name, known === undefined ? (each as Fields) : joinedFields(known, each));
  }
  return [...joined.values()];
}

function joinedFields(known: Fields, added: Fields): Fields {
  const joined: Record<string, unknown> = { ...known };
  for (const [field, value] of Object.entries(added)) {
    const old = joined[field];
    if (Array.isArray(value)) joined[field] = joinedLists(Array.isArray(old) ? old : [], value);
    else if (isFields(old) && isFields(value)) joined[field] = joinedFields(old, value);
    else joined[field] ??= value;
  }
  return joined;
}

function joinedLists(known: readonly unknown[], added: readonly unknown[]): readonly unknown[] {
  const texts = new Set(known.map((each) => JSON.stringify(each)));
  return [...known, ...added.filter((each) => !texts.has(JSON.stringify(each)))];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
