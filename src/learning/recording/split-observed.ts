import type {
  CallStackNode,
  IdentifiedCallStack,
  NetworkNeighbor,
  RulePolicy,
} from '#model/profile.js';
import type { Observed } from './observed.ts';

/** A list cut in two. */
type Halves<T> = readonly [readonly T[], readonly T[]];

/** An entry that is a list itself, and how to give it another part of that list. */
interface Divided<T> {
  readonly parts: readonly unknown[];
  readonly withParts: (parts: readonly unknown[]) => T;
}

/** Cuts in two an entry that holds a list of its own; undefined when it holds less than two. */
type Divide<T> = (entry: T) => Divided<T>;

/**
 * What was observed in two parts of about the same size, so that a store for which it was too much may
 * take the parts. Together they hold what the whole held, and nothing twice but the names of what was
 * cut within: a neighbor by its ports, a call by its stacks, a rule's policy by its processes. Undefined
 * when it cannot be split further.
 */
export function splitObserved(observed: Observed): readonly [Observed, Observed] | undefined {
  const scales = { sizes: [0, 0] as [number, number] };
  const cut = <T>(list: readonly T[] = [], divide?: Divide<T>) => halves(list, scales, divide);
  const execs = cut(observed.execs);
  const opens = cut(observed.opens);
  const capabilities = cut(observed.capabilities);
  const syscalls = cut(observed.syscalls);
  const endpoints = cut(observed.endpoints);
  const egress = cut(observed.egress, byPorts);
  const ingress = cut(observed.ingress, byPorts);
  const stacks = cut(observed.identifiedCallStacks, byChildren);
  const policies = cut(Object.entries(observed.rulePolicies ?? {}), byProcesses);
  if (scales.sizes.includes(0)) return undefined;
  const half = (side: 0 | 1): Observed => ({
    execs: execs[side],
    opens: opens[side],
    ...present('capabilities', capabilities[side]),
    ...present('syscalls', syscalls[side]),
    ...present('endpoints', endpoints[side]),
    ...present('egress', egress[side]),
    ...present('ingress', ingress[side]),
    ...present('identifiedCallStacks', stacks[side]),
    ...(policies[side].length > 0 && { rulePolicies: Object.fromEntries(policies[side]) }),
  });
  return [half(0), half(1)];
}

/** The field of a surface, absent when the surface is empty. */
function present<Name extends string, T>(
  name: Name,
  list: readonly T[],
): { readonly [K in Name]?: readonly T[] } {
  return list.length > 0 ? ({ [name]: list } as { [K in Name]: readonly T[] }) : {};
}

/** Cuts a list where its halves are most alike in size. A single entry is cut within, or goes to the lighter side. */
function halves<T>(
  list: readonly T[],
  scales: { sizes: [number, number] },
  divide?: Divide<T>,
): Halves<T> {
  const [left, right] = list.length === 1 ? halvesOfOne(list, scales, divide) : cutInTwo(list);
  scales.sizes[0] += sizeOf(left);
  scales.sizes[1] += sizeOf(right);
  return [left, right];
}

function halvesOfOne<T>(
  list: readonly T[],
  { sizes: [left, right] }: { readonly sizes: readonly [number, number] },
  divide?: Divide<T>,
): Halves<T> {
  const [only] = list;
  const divided = only === undefined ? undefined : divide?.(only);
  if (divided !== undefined && divided.parts.length > 1) {
    const [first, second] = cutInTwo(divided.parts);
    return [[divided.withParts(first)], [divided.withParts(second)]];
  }
  return left <= right ? [list, []] : [[], list];
}

/** Neither half is empty if the list has two entries. */
function cutInTwo<T>(list: readonly T[]): Halves<T> {
  const half = sizeOf(list) / 2;
  let at = 0;
  let sizeChars = 0;
  for (const entry of list) {
    const grown = sizeChars + charsOf(entry);
    if (at > 0 && grown - half > half - sizeChars) break;
    sizeChars = grown;
    at += 1;
  }
  const end = Math.min(at, Math.max(1, list.length - 1));
  return [list.slice(0, end), list.slice(end)];
}

function sizeOf(list: readonly unknown[]): number {
  return list.reduce<number>((sum, entry) => sum + charsOf(entry), 0);
}

function charsOf(entry: unknown): number {
  return JSON.stringify(entry).length;
}

function byPorts(neighbor: NetworkNeighbor): Divided<NetworkNeighbor> {
  return {
    parts: neighbor.ports ?? [],
    withParts: (ports) => ({ ...neighbor, ports: ports as NetworkNeighbor['ports'] & object }),
  };
}

/** Cuts below the innermost frame that all stacks of the call have in common. */
function byChildren({ callID, callStack }: IdentifiedCallStack): Divided<IdentifiedCallStack> {
  const { parts, withParts } = dividedNode(callStack.root);
  return { parts, withParts: (children) => ({ callID, callStack: { root: withParts(children) } }) };
}

function dividedNode(root: CallStackNode): Divided<CallStackNode> {
  const trunk = [root];
  let children = root.children ?? [];
  for (let [only] = children; children.length === 1 && only !== undefined; [only] = children) {
    trunk.push(only);
    children = only.children ?? [];
  }
  return {
    parts: children,
    withParts: (parts) =>
      trunk.reduceRight<readonly CallStackNode[]>(
        (below, { frame }) => [{ frame, children: below }],
        parts as readonly CallStackNode[],
      )[0] ?? root,
  };
}

function byProcesses([ruleId, policy]: [string, RulePolicy]): Divided<[string, RulePolicy]> {
  return {
    parts: policy.processAllowed ?? [],
    withParts: (parts) => [ruleId, { ...policy, processAllowed: parts as readonly string[] }],
  };
}
