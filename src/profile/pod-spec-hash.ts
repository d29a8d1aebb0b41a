import { AgentError } from '#model/agent-error.js';

/** Without vowels and look-alikes, so that no word appears. The one Kubernetes encodes its hashes with. */
export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Bounds of what is hashed. A pod in an API server is at most 1.5 MiB and far less deep. */
const MAX_TEXT = 4 * 1024 * 1024;
const MAX_DEPTH = 64;

/**
 * Fields that the control plane adds to a pod, or sets differently for each: with them the pods of
 * one template would hash differently.
 */
const PER_POD_FIELDS: ReadonlySet<string> = new Set([
  'enableServiceLinks',
  'ephemeralContainers',
  'hostname',
  'imagePullSecrets',
  'nodeName',
  'preemptionPolicy',
  'priority',
  'serviceAccount',
  'serviceAccountName',
  'tolerations',
]);
/** Set anew for each pod by an injector of a monitoring vendor. */
const PER_POD_ENV = 'DD_INJECT_START_TIME';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A short name for the template that a pod was made from: the same for every pod of one template
 * and, as far as the spec tells, different for another. FNV-1a (32 bits) over the spec as JSON with
 * sorted keys, without per-pod fields, projected volumes and their mounts; the number in decimal,
 * in {@link SAFE_ALPHABET}. The public system hashes a dump of Go's memory instead, which nobody
 * else can reproduce: its names differ here. Throws `invalid` for a spec that is too large or deep.
 */
export function podSpecHash(podSpec: Fields): string {
  return safeHash(canonical(sanitised(podSpec)));
}

/** FNV-1a (32 bits) of `text` in UTF-8, in decimal, each digit in {@link SAFE_ALPHABET}. */
export function safeHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return [...String(hash)]
    .map((digit) => SAFE_ALPHABET.charAt(digit.charCodeAt(0) % SAFE_ALPHABET.length))
    .join('');
}

function sanitised(podSpec: Fields): Fields {
  const projected = new Set(
    fieldsIn(podSpec['volumes'])
      .filter((volume) => volume['projected'] !== undefined)
      .map((volume) => volume['name']),
  );
  const kept = Object.entries(podSpec).filter(([key]) => !PER_POD_FIELDS.has(key));
  return {
    ...Object.fromEntries(kept),
    volumes: fieldsIn(podSpec['volumes']).filter((volume) => !projected.has(volume['name'])),
    containers: fieldsIn(podSpec['containers']).map((each) => withoutPerPod(each, projected)),
    initContainers: fieldsIn(podSpec['initContainers']).map((each) =>
      withoutPerPod(each, projected),
    ),
  };
}

function withoutPerPod(container: Fields, projected: ReadonlySet<unknown>): Fields {
  return {
    ...container,
    volumeMounts: fieldsIn(container['volumeMounts']).filter(
      (mount) => !projected.has(mount['name']),
    ),
    env: fieldsIn(container['env']).filter((variable) => variable['name'] !== PER_POD_ENV),
  };
}

function fieldsIn(value: unknown): readonly Fields[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === 'object' && item !== null);
}

/** JSON with sorted keys; what is absent, null or empty is left out, so that they are the same. */
function canonical(value: unknown): string {
  let size = 0;
  const write = (item: unknown, depth: number): string => {
    if (depth > MAX_DEPTH) throw new AgentError('invalid', 'pod spec: nested too deeply');
    if (Array.isArray(item)) return `[${item.map((each) => write(each, depth + 1)).join(',')}]`;
    if (typeof item === 'object' && item !== null) return writeFields(item as Fields, depth);
    return counted(JSON.stringify(item) ?? 'null');
  };
  const writeFields = (fields: Fields, depth: number): string => {
    const parts = Object.keys(fields)
      .sort()
      .map((key) => [counted(JSON.stringify(key)), write(fields[key], depth + 1)] as const)
      .filter(([, text]) => text !== 'null' && text !== '[]' && text !== '{}')
      .map(([key, text]) => `${key}:${text}`);
    return `{${parts.join(',')}}`;
  };
  // YAML aliases can make a few bytes stand for a great many values.
  const counted = (text: string): string => {
    size += text.length;
    if (size > MAX_TEXT) throw new AgentError('invalid', 'pod spec: too large');
    return text;
  };
  return write(value, 0);
}
