import { AgentError } from '#model/agent-error.js';
import type { InstanceId } from '#model/container.js';
import { hashInstanceId } from './instance-id.ts';

/** Longest name of a Kubernetes object: a DNS subdomain (RFC 1123), in bytes. */
export const MAX_NAME_BYTES = 253;
/** Two times `-` and four hexadecimal digits. */
const HASH_PAIR_BYTES = 10;
const VALID = /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/;

/**
 * Name of the profile of one container, the same over all its restarts and all replicas of its
 * workload. Throws `invalid` when a part of the id has a character that a name cannot have:
 * nothing is replaced.
 */
export function stableName(id: InstanceId): string {
  return instanceSlug({ ...slugParts(id), container: id.containerName });
}

/** Name of the profiles of the workload; user-managed ones are called `ug-<this>`. Throws `invalid`. */
export function workloadName(id: InstanceId): string {
  return instanceSlug(slugParts(id));
}

/**
 * Name of one report of a time series: the stable name, `-` and `hex32`, which is 32 lower-case
 * hexadecimal digits that no other report has. A long stable name is cut earlier to make room, so
 * that what stands before the digits can differ from {@link stableName}. Throws `invalid`.
 */
export function oneTimeName(id: InstanceId, hex32: string): string {
  if (!/^[0-9a-f]{32}$/.test(hex32)) {
    throw new AgentError('invalid', `series suffix "${hex32}": expected 32 lower-case hex digits`);
  }
  const suffix = `-${hex32}`;
  const maxBytes = MAX_NAME_BYTES - suffix.length;
  return instanceSlug({ ...slugParts(id), container: id.containerName, maxBytes }) + suffix;
}

/** What a slug is made of. */
export interface SlugParts {
  readonly kind: string;
  readonly name: string;
  /** Absent or empty for the workload as a whole. */
  readonly container?: string;
  /** SHA-256 of the instance id string with its container, in hexadecimal. */
  readonly hash: string;
  /** {@link MAX_NAME_BYTES} when absent. */
  readonly maxBytes?: number;
}

/** The slug of a workload or of a container in it. Throws `invalid` when it is no DNS subdomain. */
export function instanceSlug(parts: SlugParts): string {
  const { kind, name, container = '', hash, maxBytes = MAX_NAME_BYTES } = parts;
  const whole = `${kind}-${name}${container && `-${container}${hashPair(hash)}`}`;
  return validSlug(shortened(whole, hash, maxBytes), whole);
}

/**
 * What is too long is cut, and told apart again by the hash pair at its end. The bound is ten
 * bytes lower than it must be, and the pair of the container may be cut through: the public format
 * is so, and names must be equal to its.
 */
export function shortened(text: string, hash: string, maxBytes: number): string {
  const keep = maxBytes - HASH_PAIR_BYTES;
  return text.length < keep ? text : text.slice(0, keep) + hashPair(hash);
}

/** `slug` in lower case. Throws `invalid`, naming `from`, unless it is a DNS subdomain. */
export function validSlug(slug: string, from: string): string {
  // Only ASCII can pass, so characters and bytes are the same from here on. The test before
  // lower-casing keeps out characters whose lower case is ASCII.
  const lower = slug.toLowerCase();
  if (/^[!-~]*$/.test(slug) && VALID.test(lower)) return lower;
  throw new AgentError(
    'invalid',
    `name "${from}": expected letters, digits, "-" and "." with a letter or digit at either end`,
  );
}

function slugParts(id: InstanceId): SlugParts {
  return { kind: id.kind, name: id.alternateName || id.name, hash: hashInstanceId(id) };
}

function hashPair(hash: string): string {
  return `-${hash.slice(0, 4)}-${hash.slice(-4)}`;
}
