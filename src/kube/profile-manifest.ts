import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import {
  PROFILE_API_VERSION,
  PROFILE_KINDS,
  type ProfileKind,
  type ProfileKinds,
} from '#model/profile.js';
import { issueText } from './issue-text.ts';

const text = v.string();
const texts = v.nullish(v.array(text));
const textMap = v.record(text, text);
const port = v.looseObject({ name: text, protocol: text, port: v.nullish(v.number()) });
const neighbor = v.looseObject({
  identifier: v.optional(text, ''),
  type: v.optional(text, ''),
  dnsNames: texts,
  ipAddresses: texts,
  ports: v.nullish(v.array(port)),
});
const surfaces = {
  capabilities: texts,
  syscalls: texts,
  execs: v.nullish(v.array(v.looseObject({ path: text, args: texts, envs: texts }))),
  opens: v.nullish(v.array(v.looseObject({ path: text, flags: texts }))),
  endpoints: v.nullish(v.array(v.looseObject({}))),
  rulePolicies: v.nullish(v.record(text, v.looseObject({ processAllowed: texts }))),
};
const network = { ingress: v.nullish(v.array(neighbor)), egress: v.nullish(v.array(neighbor)) };
const containers = (fields: v.ObjectEntries) => {
  const section = v.nullish(v.array(v.looseObject({ name: v.optional(text), ...fields })));
  return { containers: section, initContainers: section, ephemeralContainers: section };
};
const metadata = v.looseObject({
  name: v.pipe(text, v.nonEmpty('expected a text that is not empty')),
  namespace: v.optional(text, 'default'),
  labels: v.optional(textMap),
  annotations: v.optional(textMap),
});
const manifest = v.looseObject({
  apiVersion: v.literal(PROFILE_API_VERSION),
  kind: v.picklist(PROFILE_KINDS),
  metadata,
});
const EMPTY_HEAD = { apiVersion: undefined, kind: undefined, metadata: undefined };
const SPECS: Readonly<Record<ProfileKind, v.GenericSchema>> = {
  ContainerProfile: v.looseObject({ ...surfaces, ...network }),
  ApplicationProfile: v.looseObject(containers(surfaces)),
  NetworkNeighborhood: v.looseObject(containers(network)),
};

/**
 * Reads a profile of any kind from a manifest's object. Fields that are not looked at pass through.
 * Throws `invalid` naming `source`, the field and what was expected.
 */
export function parseProfile(object: unknown, source: string): ProfileKinds[ProfileKind] {
  const head = check(manifest, withHead(object), source, '');
  const spec = check(SPECS[head.kind], (object as { spec?: unknown }).spec ?? {}, source, 'spec.');
  return { ...head, spec } as ProfileKinds[ProfileKind];
}

/** With the fields of the head there, if only as nothing: then what is missing is told by what it should be. */
function withHead(object: unknown): unknown {
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  return isObject ? { ...EMPTY_HEAD, ...object } : object;
}

function check<T>(
  ...[schema, value, source, prefix]: [v.GenericSchema<unknown, T>, unknown, string, string]
): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = `${prefix}${v.getDotPath(issue) ?? ''}` || 'the document';
  throw new AgentError('invalid', `${source}: ${field}: ${issueText(issue)}`);
}
