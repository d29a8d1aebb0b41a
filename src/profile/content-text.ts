import type { EntryTable } from './entry-table.ts';
import { isPattern } from './path-pattern.ts';
import type { PeerTables, ProfileContent } from './profile-content.ts';
import type { ProfilePools } from './profile-pools.ts';

/**
 * All that a compiled profile holds, in an order that does not depend on that of the profile's
 * entries, nor on the numbers that the pools gave: equal for profiles that answer alike.
 */
export function contentOf(content: ProfileContent, pools: ProfilePools): unknown {
  const table = (entries: EntryTable) =>
    linesOf(entries.size, (index) => [
      pools.strings.textOf(entries.textAt(index)),
      pools.groups.listsOf(entries.groupAt(index)),
    ]);
  const peers = ({ addresses, domains }: PeerTables) => ({
    addresses: linesOf(addresses.size, (index) => [
      addresses.textAt(index),
      pools.groups.listsOf(addresses.groupAt(index)),
    ]),
    domains: table(domains),
  });
  return {
    opens: table(content.opens),
    execs: table(content.execs),
    endpoints: table(content.endpoints),
    syscalls: table(content.syscalls),
    capabilities: table(content.capabilities),
    egress: peers(content.egress),
    ingress: peers(content.ingress),
    openHits: tellingHits(content.openHits, openTexts(content.opens, pools), pools),
    endpointHits: tellingHits(content.endpointHits, textsOf(content.endpoints, pools), pools),
    callStacks: content.callStacks.lines,
    policies: Object.fromEntries(content.policies),
  };
}

function linesOf(size: number, lineAt: (index: number) => unknown): readonly string[] {
  return Array.from({ length: size }, (_, index) => JSON.stringify(lineAt(index))).sort();
}

function textsOf(table: EntryTable, { strings }: ProfilePools): readonly string[] {
  return Array.from({ length: table.size }, (_, index) => strings.textOf(table.textAt(index)));
}

function openTexts(table: EntryTable, pools: ProfilePools): readonly string[] {
  return textsOf(table, pools).filter((text) => !isPattern(text));
}

/** Without the hits that the texts kept tell as well: declaring these changes no answer. */
function tellingHits(hits: number | undefined, texts: readonly string[], { groups }: ProfilePools) {
  if (hits === undefined) return [[], []];
  const [prefixes = [], suffixes = []] = groups.listsOf(hits);
  return [
    prefixes.filter((prefix) => !texts.some((text) => text.startsWith(prefix))),
    suffixes.filter((suffix) => !texts.some((text) => text.endsWith(suffix))),
  ];
}
