import type { ContainerProfileSpec, ExecCall, OpenCall, RulePolicy } from '#model/profile.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import { contentChecksum } from './checksum.ts';
import { matchesExecArgs } from './exec-args.ts';
import { nearestPath } from './nearest-path.ts';
import { indexKey, PathIndex } from './path-index.ts';
import { redactArguments } from './redact.ts';

/** What the entries of one path say: argument vectors, or lists of flags. An empty list allows anything. */
type Lists = readonly (readonly string[])[];

const NONE: readonly string[] = [];

/**
 * Compiles a profile for the questions that rules ask. Only what is asked for is kept: the paths,
 * argument vectors and flags, and the rule policies. The spec is not changed and not held; its
 * strings and arrays are shared.
 *
 * An entry without arguments allows any arguments, an entry without flags any flags. Learned
 * arguments have their secrets redacted, so arguments that match nothing are compared once more as
 * redacted ones.
 */
export function projectProfile(spec: ContainerProfileSpec): ProjectedProfile {
  const execs = indexExecs(spec.execs ?? []);
  const opens = indexOpens(spec.opens ?? []);
  const policies = new Map(Object.entries(spec.rulePolicies ?? {}));
  return {
    wasExecuted: (path) => execs.some(path, always),
    wasExecutedWithArgs: (path, args) => allowsArguments(execs, path, args),
    wasPathOpened: (path) => opens.some(path, always),
    wasPathOpenedWithFlags: (path, flags) => opens.some(path, (lists) => allowsFlags(lists, flags)),
    nearestExec: (path) => nearestExec(execs, path),
    nearestOpen: (path) => nearestOpen(opens, path),
    policyOf: (ruleId) => policies.get(ruleId),
    checksum: checksumOf(execs, opens, policies),
  };
}

function always(): boolean {
  return true;
}

function indexExecs(execs: readonly ExecCall[]): PathIndex<Lists> {
  const vectors = new Map<string, Lists>();
  for (const { path, args } of execs) {
    if (path === '') continue;
    const known = vectors.get(indexKey(path)) ?? [];
    if (known.some((vector) => isSameList(vector, args ?? NONE))) continue;
    vectors.set(indexKey(path), [...known, args ?? NONE]);
  }
  return new PathIndex(vectors);
}

/** Thousands of opens have the same few sets of flags, so each list and each group of lists is kept once. */
function indexOpens(opens: readonly OpenCall[]): PathIndex<Lists> {
  const lists = new Map<string, Lists>();
  const groups = new Map<string, Lists>();
  for (const { path, flags } of opens) {
    if (path === '') continue;
    const known = lists.get(indexKey(path)) ?? [];
    const list = flags ?? NONE;
    if (known.some((other) => isSameList(other, list))) continue;
    lists.set(indexKey(path), interned(groups, [...known, list]));
  }
  return new PathIndex(lists);
}

function interned(groups: Map<string, Lists>, group: Lists): Lists {
  const key = JSON.stringify(group);
  const first = groups.get(key);
  if (first !== undefined) return first;
  groups.set(key, group);
  return group;
}

function allowsArguments(execs: PathIndex<Lists>, path: string, args: readonly string[]) {
  const allows = (given: readonly string[]) =>
    execs.some(path, (vectors) => vectors.some((vector) => matchesExecArgs(vector, given)));
  if (allows(args)) return true;
  const redacted = redactArguments(args);
  return redacted !== args && allows(redacted);
}

function allowsFlags(lists: Lists, flags: readonly string[]): boolean {
  return lists.some((list) => list.length === 0 || flags.every((flag) => list.includes(flag)));
}

function nearestExec(execs: PathIndex<Lists>, path: string): ExecCall | undefined {
  const nearest = nearestEntry(execs, path);
  return nearest && { path: nearest.path, args: nearest.list };
}

function nearestOpen(opens: PathIndex<Lists>, path: string): OpenCall | undefined {
  const nearest = nearestEntry(opens, path);
  return nearest && { path: nearest.path, flags: nearest.list };
}

function nearestEntry(index: PathIndex<Lists>, path: string) {
  const values = new Map(index.entries());
  const nearest = nearestPath(path, values.keys());
  return nearest === undefined
    ? undefined
    : { path: nearest, list: values.get(nearest)?.[0] ?? NONE };
}

/** Equal for specs that answer every question alike, whatever the order of their entries. */
function checksumOf(
  execs: PathIndex<Lists>,
  opens: PathIndex<Lists>,
  policies: ReadonlyMap<string, RulePolicy>,
): string {
  return contentChecksum({
    execs: sortedEntries(execs, (args) => args),
    opens: sortedEntries(opens, (flags) => [...flags].sort()),
    policies: Object.fromEntries(policies),
  });
}

function sortedEntries(
  index: PathIndex<Lists>,
  normal: (list: readonly string[]) => readonly string[],
): readonly string[] {
  const lines: string[] = [];
  for (const [path, lists] of index.entries()) {
    for (const list of lists) lines.push(JSON.stringify([path, normal(list)]));
  }
  return lines.sort();
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
