import type {
  ContainerProfileSpec,
  HttpEndpoint,
  LabelSelector,
  NetworkNeighbor,
  RulePolicy,
} from '#model/profile.js';
import { sortedUnique } from './list-merge.ts';

/** The parts of a profile that people compare, in the order in which they are told. */
export const ROW_SURFACES = [
  'execs',
  'opens',
  'capabilities',
  'syscalls',
  'endpoints',
  'egress',
  'ingress',
  'rulePolicies',
] as const;
/** One of {@link ROW_SURFACES}. */
export type RowSurface = (typeof ROW_SURFACES)[number];

/** One thing that a profile allows, taken apart for comparing. */
export interface ProfileRow {
  readonly surface: RowSurface;
  /** What it is about: a path, a name, a peer. */
  readonly key: string;
  /** What is said about it: flags, methods, ports. Each once, sorted. Empty: nothing, which allows any. */
  readonly details: readonly string[];
}

/** Everything that a profile allows, row by row. Equal rows may come twice. */
export function profileRows(spec: ContainerProfileSpec): readonly ProfileRow[] {
  const plain = (surface: 'capabilities' | 'syscalls') =>
    (spec[surface] ?? []).map((key) => ({ surface, key, details: [] }));
  return [
    ...(spec.execs ?? []).map(({ path, args }) => row('execs', commandOf(path, args ?? []))),
    ...(spec.opens ?? []).map(({ path, flags }) => row('opens', path, flags ?? [])),
    ...plain('capabilities'),
    ...plain('syscalls'),
    ...(spec.endpoints ?? []).map(endpointRow),
    ...(spec.egress ?? []).flatMap((neighbor) => neighborRows('egress', neighbor)),
    ...(spec.ingress ?? []).flatMap((neighbor) => neighborRows('ingress', neighbor)),
    ...Object.entries(spec.rulePolicies ?? {}).map(([id, policy]) => policyRow(id, policy)),
  ];
}

/** Vectors differ by each argument: JSON tells where one ends. Without arguments any are allowed. */
function commandOf(path: string, args: readonly string[]): string {
  return args.length === 0 ? path : `${path} ${JSON.stringify(args)}`;
}

function endpointRow({ endpoint = '', methods, direction, internal, headers }: HttpEndpoint) {
  const told = Object.entries(headers ?? {}).map(
    ([name, values]) => `${name}: ${values.join(', ')}`,
  );
  const where = [direction ?? '', internal ? 'internal' : ''].filter(Boolean).join(' ');
  return row('endpoints', where ? `${endpoint} ${where}` : endpoint, [...(methods ?? []), ...told]);
}

/** One for each address and name that stands for the peer; by its labels when it has neither. */
function neighborRows(
  surface: 'egress' | 'ingress',
  neighbor: NetworkNeighbor,
): readonly ProfileRow[] {
  const { dns, dnsNames, ipAddress, ipAddresses, ports, podSelector, namespaceSelector } = neighbor;
  const details = (ports ?? []).map(({ port, protocol }) => `${protocol}/${port ?? 'any'}`);
  const peers = sortedUnique(
    [dns, ipAddress, ...(dnsNames ?? []), ...(ipAddresses ?? [])].filter(
      (peer) => peer !== undefined && peer !== '',
    ) as string[],
  );
  const selected = [
    ...selectorTexts('pods', podSelector),
    ...selectorTexts('namespaces', namespaceSelector),
  ].join(', ');
  const keys = peers.length > 0 ? peers : [selected || neighbor.identifier];
  return keys.map((key) => row(surface, key, details));
}

function selectorTexts(
  what: string,
  selector: LabelSelector | null | undefined,
): readonly string[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  );
  const expressions = (selector?.matchExpressions ?? []).map((each) => JSON.stringify(each));
  const parts = [...labels, ...expressions].sort();
  return parts.length === 0 ? [] : [`${what} with ${parts.join(' ')}`];
}

function policyRow(id: string, { containerAllowed, processAllowed }: RulePolicy): ProfileRow {
  return row('rulePolicies', id, [
    ...(containerAllowed ? ['the whole container'] : []),
    ...(processAllowed ?? []),
  ]);
}

function row(surface: RowSurface, key: string, details: readonly string[] = []): ProfileRow {
  return { surface, key, details: sortedUnique(details) };
}
