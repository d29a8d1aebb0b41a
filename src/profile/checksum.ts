import { createHash } from 'node:crypto';
import { isRecord } from './is-record.ts';

/** What the API server and the store themselves write into an object, and which is none of its content. */
const FOREIGN_ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubescape.io/sync-checksum',
];

/**
 * The value of the `sync-checksum` annotation: 64 hexadecimal digits over a whole profile object.
 * The order of keys and of array elements does not count; `managedFields`, the checksum itself,
 * kubectl's annotation and `status.conditions` are left out. Nothing is changed in `object`.
 *
 * Source: the public storage component with jsonhash. Every value hashes to 32 bytes: a string to
 * the hash of its UTF-8, `true`, `false` and `null` to the hash of their names, a number to the hash of its
 * big-endian double, an array to the hash of its elements' hashes in hexadecimal, sorted and joined by
 * `|`, an object likewise with `key:value` pairs.
 */
export function syncChecksum(object: Readonly<Record<string, unknown>>): string {
  return jsonHash(withoutForeignParts(object)).toString('hex');
}

/**
 * A checksum in which the order of array elements counts and the order of keys does not. Absent,
 * `undefined` and `null` members are equal. For telling versions of a value of ours apart.
 */
export function contentChecksum(value: unknown): string {
  return sha256(canonicalJson(value)).toString('hex');
}

/** JSON with sorted keys and without `null` members: equal for values that a reader takes as equal. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (!isRecord(member)) return member;
    const entries = Object.entries(member).filter(([, v]) => v !== undefined && v !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function withoutForeignParts(object: Readonly<Record<string, unknown>>): unknown {
  const { metadata, status, ...rest } = object;
  return {
    ...rest,
    ...(metadata !== undefined && { metadata: ownMetadata(metadata) }),
    ...(status !== undefined && { status: without(status, ['conditions']) }),
  };
}

function ownMetadata(metadata: unknown): unknown {
  if (!isRecord(metadata)) return metadata;
  const { managedFields: _ours, annotations, ...rest } = metadata;
  if (annotations === undefined) return rest;
  return { ...rest, annotations: without(annotations, FOREIGN_ANNOTATIONS) };
}

function without(value: unknown, keys: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function jsonHash(value: unknown): Buffer {
  if (typeof value === 'string') return sha256(value);
  if (typeof value === 'number') return sha256(bigEndianDouble(value));
  if (Array.isArray(value)) return joined(value.map((element) => hex(jsonHash(element))));
  if (isRecord(value)) {
    const present = Object.entries(value).filter(([, member]) => member !== undefined);
    return joined(present.map(([key, member]) => `${hex(sha256(key))}:${hex(jsonHash(member))}`));
  }
  return sha256(String(value ?? null));
}

function joined(hashes: readonly string[]): Buffer {
  return sha256([...hashes].sort().join('|'));
}

function bigEndianDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
