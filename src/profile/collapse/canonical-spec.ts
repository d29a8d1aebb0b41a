import type { ContainerProfileSpec } from '#model/profile.js';
import { canonicalJson } from '../checksum.ts';
import { isRecord } from '../is-record.ts';
import { compareBytes } from './byte-order.ts';

/** In the order of the public schema. */
const FIELDS = [
  'architectures',
  'capabilities',
  'execs',
  'opens',
  'syscalls',
  'seccompProfile',
  'endpoints',
  'imageID',
  'imageTag',
  'rulePolicies',
  'identifiedCallStacks',
  'matchLabels',
  'matchExpressions',
  'ingress',
  'egress',
] as const satisfies readonly (keyof ContainerProfileSpec)[];

/** The spec with its fields in the order of the schema; others follow by name. */
export function withFieldsInOrder(spec: ContainerProfileSpec): ContainerProfileSpec {
  const rank = (field: string) => {
    const known = (FIELDS as readonly string[]).indexOf(field);
    return known < 0 ? FIELDS.length : known;
  };
  const entries = Object.entries(spec).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => rank(a) - rank(b) || compareBytes(a, b)),
  ) as ContainerProfileSpec;
}

/** The members by name. */
export function withKeysInOrder<Value>(
  record: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compareBytes(a, b)));
}

/** Selector expressions once each, with their values and themselves in order. */
export function canonicalExpressions(expressions: readonly unknown[]): readonly unknown[] {
  const byContent = new Map(
    expressions.map((expression) => {
      const ordered = withValuesInOrder(expression);
      return [canonicalJson(ordered), ordered];
    }),
  );
  return [...byContent].sort(([a], [b]) => compareBytes(a, b)).map(([, expression]) => expression);
}

function withValuesInOrder(expression: unknown): unknown {
  if (!isRecord(expression)) return expression;
  const { values } = expression;
  return withKeysInOrder({
    ...expression,
    ...(Array.isArray(values) && { values: [...new Set(values.map(String))].sort() }),
  });
}
