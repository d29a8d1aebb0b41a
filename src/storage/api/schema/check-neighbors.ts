import { validateAddressEntry, validateDomainEntry } from '#profile/collapse/peer-entries.js';
import { isRecord } from '#profile/is-record.js';
import type { FieldWalk } from './field-walk.ts';

const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;
const DIRECTIONS = ['ingress', 'egress'] as const;

/**
 * Notes addresses and DNS names that match nothing or cannot be read, in all containers of the spec of
 * a NetworkNeighborhood. The public storage refuses them for this kind only.
 */
export function checkNeighbors(spec: unknown, walk: FieldWalk): void {
  walk.within('spec', () => {
    for (const list of LISTS) {
      eachOf([spec, list], walk, (container) => {
        for (const direction of DIRECTIONS) {
          eachOf([container, direction], walk, (neighbor) => checkNeighbor(neighbor, walk));
        }
      });
    }
  });
}

function checkNeighbor(neighbor: unknown, walk: FieldWalk): void {
  eachOf([neighbor, 'ipAddresses'], walk, (entry) => check(entry, validateAddressEntry, walk));
  eachOf([neighbor, 'dnsNames'], walk, (entry) => check(entry, validateDomainEntry, walk));
}

function check(
  entry: unknown,
  flawOf: (entry: string) => string | undefined,
  walk: FieldWalk,
): void {
  if (typeof entry !== 'string') return;
  const flaw = flawOf(entry);
  if (flaw !== undefined) walk.invalid(entry, flaw);
}

/** Looks at each item of a list that is a property; at nothing when there is no such list. */
function eachOf(
  [owner, property]: readonly [owner: unknown, property: string],
  walk: FieldWalk,
  look: (item: unknown) => void,
): void {
  const list = isRecord(owner) ? owner[property] : undefined;
  if (!Array.isArray(list)) return;
  walk.within(property, () => {
    for (let i = 0; i < list.length && !walk.isFull; i += 1) walk.within(i, () => look(list[i]));
  });
}
