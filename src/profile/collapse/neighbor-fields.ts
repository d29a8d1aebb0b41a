import { createHash } from 'node:crypto';
import type { LabelSelector, NetworkNeighbor, NetworkPort } from '#model/profile.js';
import { canonicalJson } from '../checksum.ts';
import { isRecord } from '../is-record.ts';
import { sortedUnique } from '../list-merge.ts';
import { compareBytes } from './byte-order.ts';

/** Between the fields of an identifier: none of them can hold it. */
const SEPARATOR = '\0';

/** In the order in which they are written. */
export const NEIGHBOR_FIELDS = [
  'identifier',
  'type',
  'dns',
  'dnsNames',
  'ports',
  'podSelector',
  'namespaceSelector',
  'ipAddress',
  'ipAddresses',
] as const satisfies readonly (keyof NetworkNeighbor)[];

const LISTS: ReadonlySet<string> = new Set(['dnsNames', 'ports', 'ipAddresses']);

/**
 * The identifier of a network that stands for addresses: the same for the same kind of neighbor, whoever
 * collapsed it. Source: the public storage component.
 */
export function networkIdentifier(neighbor: NetworkNeighbor, network: string): string {
  const fields = [
    neighbor.type,
    neighbor.dns ?? '',
    selectorText(neighbor.namespaceSelector),
    selectorText(neighbor.podSelector),
    network,
  ];
  return createHash('sha256').update(fields.join(SEPARATOR)).digest('hex');
}

/** Ports once for each name, or for each protocol and number without one; in order. */
export function unitedPorts(ports: readonly NetworkPort[]): readonly NetworkPort[] {
  const ordered = ports
    .map(({ name, protocol, port, ...rest }) => ({
      name,
      protocol,
      ...(port !== undefined && { port }),
      ...rest,
    }))
    .sort((a, b) => compareBytes(portKey(a), portKey(b)) || comparePorts(a, b));
  return ordered.filter((port, i) => i === 0 || portKey(port) !== portKey(ordered[i - 1]));
}

/** Names once each, in order. */
export function unitedNames(
  neighbors: readonly NetworkNeighbor[],
  field: 'dnsNames' | 'ipAddresses',
): readonly string[] {
  return sortedUnique(neighbors.flatMap((neighbor) => neighbor[field] ?? []));
}

/**
 * What neighbors say that is no list, of each field one value whatever their order: of several the
 * first in byte order, before an empty one, before `null`.
 */
export function scalarsOf(
  neighbors: readonly NetworkNeighbor[],
): Omit<NetworkNeighbor, 'dnsNames' | 'ports' | 'ipAddresses'> {
  const fields = new Map<string, unknown>();
  for (const neighbor of neighbors) {
    for (const [field, value] of Object.entries(neighbor)) {
      if (LISTS.has(field) || value === undefined) continue;
      const known = fields.get(field);
      if (known === undefined || scalarRank(value) < scalarRank(known)) fields.set(field, value);
    }
  }
  const { identifier = '', type = '', ...rest } = Object.fromEntries(fields);
  return { identifier: String(identifier), type: String(type), ...rest };
}

function scalarRank(value: unknown): string {
  if (value === null) return '3';
  const text = canonicalJson(value);
  return value === '' || text === '{}' ? `2${text}` : `1${text}`;
}

function portKey(port: NetworkPort | undefined): string {
  return port === undefined ? '' : port.name || `${port.protocol}-${port.port}`;
}

function comparePorts(a: NetworkPort, b: NetworkPort): number {
  return compareBytes(canonicalJson(a), canonicalJson(b));
}

/** A selector as Kubernetes writes it in one line: `app=web,tier in (a,b)`; `<none>` without conditions. */
function selectorText(selector: LabelSelector | null | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  const expressions = (selector?.matchExpressions ?? []).filter(isRecord).map((expression) => ({
    key: String(expression['key']),
    text: expressionText(expression),
  }));
  const all = [...labels, ...expressions].sort(
    (a, b) => compareBytes(a.key, b.key) || compareBytes(a.text, b.text),
  );
  return all.map(({ text }) => text).join(',') || '<none>';
}

function expressionText(expression: Readonly<Record<string, unknown>>): string {
  const { key, operator, values } = expression;
  const list = Array.isArray(values) ? values.map(String).sort().join(',') : '';
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'Exists':
      return `${key}`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return canonicalJson(expression);
  }
}
