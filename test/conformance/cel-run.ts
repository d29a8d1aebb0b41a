import assert from 'node:assert/strict';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { CelEnvironment } from '#cel/cel-environment.js';
import { celUint } from '#cel/cel-uint.js';
import type { SpecCase, SpecType, SpecValue } from './cel-cases.ts';

const environments = new Map<string, CelEnvironment<undefined>>();

/** Compiles and evaluates a case. Throws when the outcome is not the expected one. */
export function runCase(one: SpecCase): void {
  const { expected } = one;
  if (expected === 'error') {
    assert.throws(() => evaluate(one), { name: 'AgentError' }, 'there was no error');
    return;
  }
  if (expected === undefined) {
    environmentOf(one).compile(one.expression, 'any');
    return;
  }
  const value = evaluate(one);
  assert.deepEqual(comparable(value), comparable(valueFrom(expected)));
}

function evaluate(one: SpecCase): unknown {
  const program = environmentOf(one).compile(one.expression, 'any');
  const entries = Object.entries(one.values).map(([name, value]) => [name, valueFrom(value)]);
  const value = program.evaluate(Object.fromEntries(entries), undefined);
  if (value instanceof Error) throw value;
  return value;
}

function environmentOf(one: SpecCase): CelEnvironment<undefined> {
  const types = Object.entries(one.types).map(([name, type]) => [name, typeName(type)]);
  const key = JSON.stringify(types);
  const known = environments.get(key);
  if (known) return known;
  const variables = Object.fromEntries(types);
  const made = new CelEnvironment<undefined>({ types: [], variables, functions: [] });
  environments.set(key, made);
  return made;
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  BOOL: 'bool',
  INT64: 'int',
  UINT64: 'uint',
  DOUBLE: 'double',
  STRING: 'string',
  BYTES: 'bytes',
};

function typeName(type: SpecType): string {
  if (type.primitive !== undefined) return PRIMITIVES[type.primitive] ?? 'dyn';
  if (type.listType) return `list<${typeName(type.listType.elemType ?? {})}>`;
  if (type.mapType) {
    const { keyType = {}, valueType = {} } = type.mapType;
    return `map<${typeName(keyType)}, ${typeName(valueType)}>`;
  }
  if (type.wellKnown === 'TIMESTAMP') return 'google.protobuf.Timestamp';
  if (type.wellKnown === 'DURATION') return 'google.protobuf.Duration';
  if (type.type !== undefined) return 'type';
  return type.null === undefined ? 'dyn' : 'null';
}

/** A type as a value: compared by its name. */
class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

function valueFrom(value: SpecValue): unknown {
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.int64Value !== undefined) return BigInt(value.int64Value);
  if (value.uint64Value !== undefined) return celUint(BigInt(value.uint64Value));
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.bytesValue !== undefined) return Buffer.from(value.bytesValue, 'base64');
  if (value.typeValue !== undefined) return new TypeName(value.typeValue);
  if (value.listValue) return (value.listValue.values ?? []).map(valueFrom);
  if (value.mapValue) {
    const { entries = [] } = value.mapValue;
    return new Map(entries.map((entry) => [mapKey(valueFrom(entry.key)), valueFrom(entry.value)]));
  }
  return value.objectValue ? timeOf(value.objectValue) : null;
}

function mapKey(key: unknown): unknown {
  return typeof key === 'object' && key !== null ? key.valueOf() : key;
}

function timeOf({ '@type': type, value = '' }: { '@type': string; value?: string }): unknown {
  if (type.endsWith('Timestamp')) return new Date(value);
  const [seconds = '0', part = ''] = value.replace(/s$/, '').split('.');
  const nanos = Number(part.padEnd(9, '0')) * (value.startsWith('-') ? -1 : 1);
  return new Duration(BigInt(seconds), nanos);
}

/** Plain data that differs when the values or their types do. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return { list: value.map(comparable) };
  if (value instanceof Map) return { map: comparableEntries([...value]) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof TypeName) return { type: value.name };
  if (value instanceof Date) return { timestamp: value.getTime() };
  if (value instanceof Duration) return { seconds: value.seconds, nanos: value.nanos };
  if (typeof value !== 'object' || value === null) return value;
  const type = /^Type<(.*)>$/.exec(String(value))?.[1];
  if (type !== undefined) return { type: TYPE_NAMES[type] ?? type };
  if (value.constructor === Object) return { map: comparableEntries(Object.entries(value)) };
  return { uint: value.valueOf() };
}

/** What the library calls differently. */
const TYPE_NAMES: Readonly<Record<string, string>> = { null: 'null_type' };

function comparableEntries(entries: readonly (readonly [unknown, unknown])[]): unknown {
  return entries
    .map(([key, value]) => [String(key), typeof key, comparable(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
