import type { ExecCall, HttpEndpoint, OpenCall, RulePolicy } from '#model/profile.js';
import { joinedBy, sortedUnique } from './list-merge.ts';

/** One entry for each path, argument vector and environment, in the order in which they were first seen. */
export function uniqueExecs(execs: readonly ExecCall[]): readonly ExecCall[] {
  return joinedBy(
    execs,
    ({ path, args, envs }) => JSON.stringify([path, args ?? [], envs ?? []]),
    (first) => first,
  );
}

/** One entry for each path, by path. Entries of one path give all their flags, sorted. */
export function uniqueOpens(opens: readonly OpenCall[]): readonly OpenCall[] {
  const joined = joinedBy(
    opens,
    ({ path }) => path,
    (first, other) => ({
      path: first.path,
      flags: sortedUnique([...(first.flags ?? []), ...(other.flags ?? [])]),
    }),
  );
  return [...joined].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One entry for each endpoint, direction and side; methods and header values are joined. */
export function uniqueEndpoints(endpoints: readonly HttpEndpoint[]): readonly HttpEndpoint[] {
  return joinedBy(
    endpoints,
    ({ endpoint, direction, internal }) => JSON.stringify([endpoint, direction, internal]),
    joinEndpoints,
  );
}

/** The policies of both, by rule: processes of either are allowed, and the container if either says so. */
export function joinedPolicies(
  first: Readonly<Record<string, RulePolicy>>,
  other: Readonly<Record<string, RulePolicy>>,
): Readonly<Record<string, RulePolicy>> {
  const joined = new Map(Object.entries(first));
  for (const [ruleId, policy] of Object.entries(other)) {
    const known = joined.get(ruleId);
    joined.set(ruleId, known === undefined ? policy : joinPolicies(known, policy));
  }
  return Object.fromEntries(joined);
}

/** The policies with each list of processes sorted and without repetitions. */
export function tidyPolicies(
  policies: Readonly<Record<string, RulePolicy>>,
): Readonly<Record<string, RulePolicy>> {
  return Object.fromEntries(
    Object.entries(policies).map(([ruleId, policy]) => [
      ruleId,
      policy.processAllowed
        ? { ...policy, processAllowed: sortedUnique(policy.processAllowed) }
        : policy,
    ]),
  );
}

function joinPolicies(first: RulePolicy, other: RulePolicy): RulePolicy {
  const processes = [...(first.processAllowed ?? []), ...(other.processAllowed ?? [])];
  return {
    ...(processes.length > 0 && { processAllowed: sortedUnique(processes) }),
    ...((first.containerAllowed || other.containerAllowed) && { containerAllowed: true }),
  };
}

function joinEndpoints(first: HttpEndpoint, other: HttpEndpoint): HttpEndpoint {
  const methods = new Set([...(first.methods ?? []), ...(other.methods ?? [])]);
  const headers = joinHeaders(first.headers ?? {}, other.headers ?? {});
  return {
    ...first,
    ...(methods.size > 0 && { methods: [...methods] }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

function joinHeaders(
  first: Readonly<Record<string, readonly string[]>>,
  other: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  const joined = new Map(Object.entries(first));
  for (const [name, values] of Object.entries(other)) {
    joined.set(name, [...new Set([...(joined.get(name) ?? []), ...values])]);
  }
  return Object.fromEntries(joined);
}
