import type { ProfileQuestion } from '#model/profile-question.js';
import {
  canonicalDomain,
  domainSearch,
  endpointSearch,
  nameSearch,
  pathSearch,
} from './entry-search.ts';
import type { EntryTable, Search } from './entry-table.ts';
import { matchesExecArgs } from './exec-args.ts';
import type { Lists } from './group-pool.ts';
import { parseIpAddress } from './ip-address.ts';
import { argumentsLikeness, domainLikeness, pathLikeness } from './likeness.ts';
import { listAllowsPort, listHasAll } from './list-tests.ts';
import type { PeerTables, ProfileContent } from './profile-content.ts';
import type { ProfilePools } from './profile-pools.ts';

/** An entry as a person would write it, and how much it is like what was asked: more is greater. */
export interface NearEntry {
  readonly entry: string;
  readonly likeness: number;
}

type List = readonly string[];
type PathQuestion = Extract<ProfileQuestion, { surface: 'execs' | 'opens' }>;
type PeerQuestion = Extract<ProfileQuestion, { peer: string }>;

/** A question that has been put to one table. */
interface Inquiry {
  readonly size: number;
  /** The entries that cover what is asked, apart from what stands beside them. */
  readonly covering: readonly number[];
  readonly textAt: (index: number) => string;
  readonly listsAt: (index: number) => Lists;
  readonly likenessAt: (index: number) => number;
  /** Less than one: tells the lists beside one text apart. */
  readonly listLikeness?: (list: List) => number;
  /** Whether a list beside a covering entry allows it. */
  readonly allows: (list: List) => boolean;
  readonly write: (text: string, list: List) => string;
}

/** The entries that allow what is asked: one for each list beside a text. */
export function entriesAllowing(
  question: ProfileQuestion,
  content: ProfileContent,
  pools: ProfilePools,
): readonly string[] {
  const inquiry = inquiryOf(question, content, pools);
  return (inquiry?.covering ?? []).flatMap((index) => {
    const allowing = inquiry?.listsAt(index).filter(inquiry.allows) ?? [];
    return allowing.map((list) => inquiry?.write(inquiry.textAt(index), list) ?? '');
  });
}

/** The entry most like what is asked; among equals the first in code unit order. */
export function nearestEntry(
  question: ProfileQuestion,
  content: ProfileContent,
  pools: ProfilePools,
): NearEntry | undefined {
  const inquiry = inquiryOf(question, content, pools);
  let nearest: NearEntry | undefined;
  for (let index = 0; index < (inquiry?.size ?? 0); index += 1) {
    const likeness = inquiry?.likenessAt(index) ?? 0;
    if (likeness === 0 || likeness < Math.floor(nearest?.likeness ?? 0)) continue;
    for (const list of inquiry?.listsAt(index) ?? []) {
      const entry = inquiry?.write(inquiry.textAt(index), list) ?? '';
      const ofList = inquiry?.listLikeness?.(list) ?? 0;
      nearest = nearer(nearest, { entry, likeness: likeness + ofList });
    }
  }
  return nearest;
}

/** The one of two that is more like what was asked, or comes first in code unit order. */
export function nearer(a: NearEntry | undefined, b: NearEntry | undefined): NearEntry | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const order = b.likeness - a.likeness || (b.entry < a.entry ? 1 : -1);
  return order > 0 ? b : a;
}

function inquiryOf(
  question: ProfileQuestion,
  content: ProfileContent,
  pools: ProfilePools,
): Inquiry | undefined {
  switch (question.surface) {
    case 'execs':
    case 'opens':
      return pathInquiry(question, content[question.surface], pools);
    case 'syscalls':
    case 'capabilities':
      return tableInquiry(content[question.surface], nameSearch(question.name), pools);
    case 'endpoints': {
      if (question.endpoint === '') return undefined;
      const methods = question.methods?.map((method) => method.toUpperCase()) ?? [];
      return {
        ...tableInquiry(content.endpoints, endpointSearch(question.endpoint), pools),
        ...byPath(question.endpoint, content.endpoints, pools),
        allows: (list) => listHasAll(list, methods),
      };
    }
    case 'egress':
    case 'ingress':
      return peerInquiry(question, content[question.surface], pools);
  }
}

function pathInquiry(
  question: PathQuestion,
  table: EntryTable,
  pools: ProfilePools,
): Inquiry | undefined {
  if (question.path === '') return undefined;
  const inquiry = {
    ...tableInquiry(table, pathSearch(question.path), pools),
    ...byPath(question.path, table, pools),
  };
  if (question.surface === 'opens') {
    return { ...inquiry, allows: (list) => listHasAll(list, question.flags ?? []) };
  }
  const { args } = question;
  return {
    ...inquiry,
    allows: (list) => args === undefined || matchesExecArgs(list, args),
    listLikeness: (list) => argumentsLikeness(args ?? [], list),
    write: (path, [, ...rest]) => [path, ...rest].join(' '),
  };
}

function peerInquiry(
  { peer, port, protocol }: PeerQuestion,
  { addresses, domains }: PeerTables,
  pools: ProfilePools,
): Inquiry | undefined {
  const allows = (list: List) => listAllowsPort(list, { port, protocol });
  const address = parseIpAddress(peer);
  if (address !== undefined) {
    return {
      size: addresses.size,
      covering: addresses.covering(address),
      textAt: (index) => addresses.textAt(index),
      listsAt: (index) => pools.groups.listsOf(addresses.groupAt(index)),
      likenessAt: (index) => addresses.likenessAt(index, address),
      allows,
      write: withList,
    };
  }
  const domain = canonicalDomain(peer);
  if (domain === undefined) return undefined;
  const inquiry = tableInquiry(domains, domainSearch(domain), pools);
  const likenessAt = (index: number) => domainLikeness(domain, inquiry.textAt(index));
  return { ...inquiry, likenessAt, allows };
}

/** Names are alike or not: nothing is near one. */
function tableInquiry(table: EntryTable, search: Search, pools: ProfilePools): Inquiry {
  return {
    size: table.size,
    covering: table.covering(search),
    textAt: (index) => pools.strings.textOf(table.textAt(index)),
    listsAt: (index) => pools.groups.listsOf(table.groupAt(index)),
    likenessAt: () => 0,
    allows: () => true,
    write: withList,
  };
}

function byPath(path: string, table: EntryTable, { strings }: ProfilePools) {
  return {
    likenessAt: (index: number) => pathLikeness(path, strings.textOf(table.textAt(index))),
  };
}

function withList(text: string, list: List): string {
  return list.length === 0 ? text : `${text} (${list.join(', ')})`;
}
