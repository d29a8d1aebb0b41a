import type { RulePolicy } from '#model/profile.js';
import type { Direction } from '#model/projected-profile.js';
import { AddressTable } from './address-table.ts';
import { CallStackTrie } from './call-stack-trie.ts';
import { EntryTable } from './entry-table.ts';
import { ProfilePools } from './profile-pools.ts';

/** What a compiled profile holds of the peers on one side. */
export interface PeerTables {
  readonly addresses: AddressTable;
  readonly domains: EntryTable;
}

/** The tables of a compiled profile. */
export interface ProfileContent extends Readonly<Record<Direction, PeerTables>> {
  readonly opens: EntryTable;
  readonly execs: EntryTable;
  readonly endpoints: EntryTable;
  readonly syscalls: EntryTable;
  readonly capabilities: EntryTable;
  /** Numbers of groups: the declared prefixes that hit, and the suffixes. */
  readonly openHits: number | undefined;
  readonly endpointHits: number | undefined;
  readonly policies: ReadonlyMap<string, RulePolicy>;
  readonly callStacks: CallStackTrie;
}

const NO_POOLS = new ProfilePools(0);
const NO_WORDS = new Uint32Array(0);
const NO_ENTRIES = new EntryTable(NO_WORDS, NO_POOLS);
const NO_PEERS: PeerTables = {
  addresses: new AddressTable(NO_WORDS, NO_POOLS.groups),
  domains: NO_ENTRIES,
};

/** What a profile without entries holds. */
export const NO_CONTENT: ProfileContent = {
  opens: NO_ENTRIES,
  execs: NO_ENTRIES,
  endpoints: NO_ENTRIES,
  syscalls: NO_ENTRIES,
  capabilities: NO_ENTRIES,
  egress: NO_PEERS,
  ingress: NO_PEERS,
  openHits: undefined,
  endpointHits: undefined,
  policies: new Map(),
  callStacks: new CallStackTrie([], NO_POOLS.strings),
};
