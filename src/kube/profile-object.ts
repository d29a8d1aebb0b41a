import { AgentError } from '#model/agent-error.js';
import {
  type ObjectMeta,
  PROFILE_API_VERSION,
  type ProfileKind,
  type ProfileKinds,
} from '#model/profile.js';

type Fields = Readonly<Record<string, unknown>>;

/** Kept by the server for itself: nobody here reads them, and some are as large as the object. */
const SERVERS_OWN = ['managedFields', 'selfLink', 'generation'];
/** What a server says of an object, and refuses to be told. */
const STAMPED = ['uid', 'resourceVersion', 'creationTimestamp'];

/**
 * The metadata of an object that a server sent, without what it keeps for itself. Throws `unavailable` when there
 * is none: it cannot have come from an API server.
 */
export function metadataOf(object: unknown, what: string): ObjectMeta {
  const metadata = Object(Object(object)['metadata']) as Fields;
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '' || typeof namespace !== 'string') {
    throw new AgentError('unavailable', `${what}: expected objects with a name and a namespace`);
  }
  return without(metadata, SERVERS_OWN) as unknown as ObjectMeta;
}

/**
 * The profile that a server sent. A server that answers a write without the spec is taken to have stored `written`.
 */
export function profileOf<K extends ProfileKind>(
  kind: K,
  object: Fields,
  { what, written }: Readonly<{ what: string; written?: ProfileKinds[K] }>,
): ProfileKinds[K] {
  const hasSpec = typeof object['spec'] === 'object' && object['spec'] !== null;
  if (!hasSpec && written === undefined) {
    throw new AgentError('unavailable', `${what}: expected a ${kind} with a spec`);
  }
  const body = hasSpec ? object : written;
  const metadata = metadataOf(object, what);
  return { ...body, apiVersion: PROFILE_API_VERSION, kind, metadata } as unknown as ProfileKinds[K];
}

/** The form in which an object is sent: new without any stamp, later with the version that it replaces. */
export function sentForm<K extends ProfileKind>(
  object: ProfileKinds[K],
  resourceVersion?: string,
): object {
  const metadata = without(object.metadata as unknown as Fields, [...SERVERS_OWN, ...STAMPED]);
  return {
    ...object,
    metadata: { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
  };
}

/** Throws `invalid` when the object can be no profile of this kind: no request is made then. */
export function checkProfile(kind: ProfileKind, object: ProfileKinds[ProfileKind]): void {
  const { namespace, name } = object.metadata;
  const problem = [
    object.kind !== kind && `kind: expected ${kind}`,
    !isName(name) && 'metadata.name: expected a name',
    !isName(namespace) && 'metadata.namespace: expected a namespace',
    (typeof object.spec !== 'object' || object.spec === null) && 'spec: expected an object',
  ].find((each) => each !== false);
  if (problem === undefined) return;
  throw new AgentError('invalid', `${kind} ${namespace}/${name}: ${problem}`);
}

function isName(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && !text.includes('/');
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
