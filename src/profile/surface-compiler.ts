import type { ContainerProfileSpec, NetworkNeighbor } from '#model/profile.js';
import { type AddressEntry, addressWords } from './address-table.ts';
import { canonicalDomain, domainTokens, endpointTokens, pathTokens } from './entry-search.ts';
import { type TableEntry, tableWords } from './entry-table.ts';
import { GroupInterning } from './group-interning.ts';
import { formatIpNetwork, parseIpNetwork } from './ip-address.ts';
import { sortedUnique } from './list-merge.ts';
import { portText } from './list-tests.ts';
import type { ProfilePools } from './profile-pools.ts';
import type { SurfaceSelection } from './surface-selection.ts';
import type { Token } from './trie-builder.ts';

/** What one surface became: the words of its table, and how many different entries there were. */
export interface CompiledSurface {
  readonly words: readonly number[];
  readonly stored: number;
  readonly kept: number;
  /** Number of the group of the declared prefixes and suffixes that hit. */
  readonly hits?: number;
}

/** An entry as it was written, and the list that stands beside it. */
type Written = readonly [text: string, list: readonly string[]];

interface Gathered<Wide> {
  readonly wide: Wide | undefined;
  readonly lists: (readonly string[])[];
}

/** How the entries of a surface are read. */
interface TextKind<Wide> {
  /** The text under which an entry is kept; undefined for one that matches nothing. */
  readonly canonical: (text: string) => string | undefined;
  /** What it is when it covers more than that text: then it is kept, whatever was selected. */
  readonly wideFormOf: (text: string) => Wide | undefined;
  /** The list beside an entry, in a form that is the same for lists of one meaning. */
  readonly normalList: (list: readonly string[]) => readonly string[];
}

const NONE: readonly string[] = [];
const OPENS: TextKind<readonly Token[]> = {
  canonical: nonEmpty,
  wideFormOf: pathTokens,
  normalList: sortedUnique,
};
const EXECS: TextKind<readonly Token[]> = { ...OPENS, normalList: (args) => args };
const ENDPOINTS: TextKind<readonly Token[]> = {
  canonical: nonEmpty,
  wideFormOf: endpointTokens,
  normalList: (methods) => sortedUnique(methods.map((method) => method.toUpperCase())),
};
const NAMES: TextKind<readonly Token[]> = { ...EXECS, wideFormOf: () => undefined };
const DOMAINS: TextKind<readonly Token[]> = {
  canonical: (text) => {
    const domain = canonicalDomain(text);
    return domain === undefined || domainTokens(domain) === 'invalid' ? undefined : domain;
  },
  wideFormOf: (text) => {
    const tokens = domainTokens(text);
    return tokens === 'invalid' ? undefined : tokens;
  },
  normalList: sortedUnique,
};
const ADDRESSES: TextKind<true> = {
  canonical: canonicalAddress,
  wideFormOf: (text) => (text === '*' || text.includes('/') ? true : undefined),
  normalList: sortedUnique,
};

/** Makes the tables of one profile's surfaces. */
export class SurfaceCompiler {
  readonly #pools: ProfilePools;

  constructor(pools: ProfilePools) {
    this.#pools = pools;
  }

  opens(spec: ContainerProfileSpec, selection: SurfaceSelection): CompiledSurface {
    const opens = spec.opens ?? [];
    const entries = opens.map(({ path, flags }): Written => [path, flags ?? NONE]);
    return this.#textsAndHits(entries, OPENS, selection);
  }

  execs(spec: ContainerProfileSpec, selection: SurfaceSelection): CompiledSurface {
    const entries = (spec.execs ?? []).map(({ path, args }): Written => [path, args ?? NONE]);
    return this.#texts(entries, EXECS, selection);
  }

  endpoints(spec: ContainerProfileSpec, selection: SurfaceSelection): CompiledSurface {
    const entries = (spec.endpoints ?? []).map(({ endpoint, methods }): Written => {
      return [endpoint ?? '', methods ?? NONE];
    });
    return this.#textsAndHits(entries, ENDPOINTS, selection);
  }

  names(names: readonly string[], selection: SurfaceSelection): CompiledSurface {
    return this.#texts(
      names.map((name): Written => [name, NONE]),
      NAMES,
      selection,
    );
  }

  domains(neighbors: readonly NetworkNeighbor[], selection: SurfaceSelection): CompiledSurface {
    const entries = neighbors.flatMap(({ dns, dnsNames, ports }) => {
      return withPorts([dns ?? '', ...(dnsNames ?? NONE)], ports);
    });
    return this.#texts(entries, DOMAINS, selection);
  }

  addresses(neighbors: readonly NetworkNeighbor[], selection: SurfaceSelection): CompiledSurface {
    const entries = neighbors.flatMap(({ ipAddress, ipAddresses, ports }) => {
      return withPorts([ipAddress ?? '', ...(ipAddresses ?? NONE)], ports);
    });
    const gathered = gather(entries, ADDRESSES, selection);
    const groups = new GroupInterning(this.#pools.groups, ADDRESSES.normalList);
    const kept: AddressEntry[] = [];
    for (const [text, { lists }] of gathered) {
      const network = text === '*' ? text : parseIpNetwork(text);
      if (lists.length === 0 || network === undefined) continue;
      kept.push({ network, group: groups.acquire(lists) });
    }
    return { words: addressWords(kept), stored: gathered.size, kept: kept.length };
  }

  #texts(
    entries: readonly Written[],
    kind: TextKind<readonly Token[]>,
    selection: SurfaceSelection,
  ): CompiledSurface {
    const gathered = gather(entries, kind, selection);
    const groups = new GroupInterning(this.#pools.groups, kind.normalList);
    const kept: TableEntry[] = [];
    for (const [text, { wide, lists }] of gathered) {
      if (lists.length === 0) continue;
      const entry = { text: this.#pools.strings.acquire(text), group: groups.acquire(lists) };
      kept.push(wide === undefined ? entry : { ...entry, pattern: wide });
    }
    return { words: tableWords(kept, this.#pools), stored: gathered.size, kept: kept.length };
  }

  /** The same with the declared prefixes and suffixes that an entry has, whether it is kept or not. */
  #textsAndHits(
    entries: readonly Written[],
    kind: TextKind<readonly Token[]>,
    selection: SurfaceSelection,
  ): CompiledSurface {
    const texts = entries.flatMap(([text]) => text || []);
    const hits = this.#pools.groups.acquire(selection.hits(texts));
    return { ...this.#texts(entries, kind, selection), hits };
  }
}

/** By the text under which it is kept, what is to be kept of each entry; no lists for nothing. */
function gather<Wide>(
  entries: readonly Written[],
  { canonical, wideFormOf }: TextKind<Wide>,
  selection: SurfaceSelection,
): ReadonlyMap<string, Gathered<Wide>> {
  const gathered = new Map<string, Gathered<Wide>>();
  for (const [written, list] of entries) {
    const text = canonical(written);
    if (text === undefined) continue;
    let known = gathered.get(text);
    if (known === undefined) {
      known = { wide: wideFormOf(text), lists: [] };
      gathered.set(text, known);
    }
    if (!selection.isNeeded) continue;
    if (known.wide !== undefined || selection.selects(written)) known.lists.push(list);
  }
  return gathered;
}

function withPorts(texts: readonly string[], ports: NetworkNeighbor['ports']): readonly Written[] {
  const list = (ports ?? []).map(({ port, protocol }) => portText(port, protocol ?? ''));
  return texts.map((text): Written => [text, list]);
}

function canonicalAddress(text: string): string | undefined {
  if (text === '*') return text;
  const network = parseIpNetwork(text);
  return network && formatIpNetwork(network);
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
