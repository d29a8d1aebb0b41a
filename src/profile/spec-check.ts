import { AgentError } from '#model/agent-error.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import { isRecord } from './is-record.ts';

/** What the public storage allows a profile: more is too large to be learned, and to be compiled in one go. */
const MOST_ENTRIES = 40_000;

type Check = (value: unknown, where: string) => void;

/**
 * Throws `invalid`, naming the field and what was expected, when a spec is not of the form that its
 * type says. Stores check what they are given, but a profile may come from any of them. Null and
 * absent are empty.
 */
export function checkSpec(spec: ContainerProfileSpec): void {
  SPEC(spec, 'spec');
  refuseTooLarge(spec, 'spec');
}

/**
 * Throws likewise for a document that has the containers of a pod in lists, of which only the one of
 * that name is looked at closely.
 */
export function checkSections(spec: unknown, containerName: string): void {
  SECTIONS(spec, 'spec');
  for (const [list, containers] of Object.entries(spec as Readonly<Record<string, unknown>>)) {
    if (!(list in LISTS) || !Array.isArray(containers)) continue;
    containers.forEach((container: { readonly name?: unknown }, i) => {
      if (container.name !== containerName) return;
      const where = `spec.${list}.${i}`;
      SPEC(container, where);
      refuseTooLarge(container as ContainerProfileSpec, where);
    });
  }
}

function refuseTooLarge(spec: ContainerProfileSpec, where: string): void {
  const lists = [spec.execs, spec.opens, spec.endpoints, spec.syscalls, spec.capabilities];
  const count = [...lists, spec.egress, spec.ingress].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  );
  if (count <= MOST_ENTRIES) return;
  throw new AgentError(
    'invalid',
    `${where}: expected at most ${MOST_ENTRIES} entries, got ${count}`,
  );
}

const text: Check = (value, where) => {
  if (typeof value !== 'string') throw unexpected('text', value, where);
};

function optional(check: Check): Check {
  return (value, where) => {
    if (value !== undefined && value !== null) check(value, where);
  };
}

function listOf(check: Check): Check {
  return optional((value, where) => {
    if (!Array.isArray(value)) throw unexpected('a list', value, where);
    for (let i = 0; i < value.length; i += 1) {
      // The path is only spelled out for what is wrong: a profile has thousands of entries.
      try {
        check(value[i], '');
      } catch (reason) {
        throw below(`${where}.${i}`, reason);
      }
    }
  });
}

function mapOf(check: Check): Check {
  return optional((value, where) => {
    if (!isRecord(value)) throw unexpected('an object', value, where);
    for (const [key, member] of Object.entries(value)) check(member, `${where}.${key}`);
  });
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const all = Object.entries(checks);
  return (value, where) => {
    if (!isRecord(value)) throw unexpected('an object', value, where);
    for (const [key, check] of all) check(value[key], where === '' ? key : `${where}.${key}`);
  };
}

const number: Check = (value, where) => {
  if (typeof value !== 'number') throw unexpected('a number', value, where);
};
const texts = listOf(text);
const frame = fields({ fileID: text, lineno: text });
const node: Check = (value, where) => fields({ frame, children: listOf(node) })(value, where);
const neighbors = listOf(
  fields({
    dns: optional(text),
    dnsNames: texts,
    ipAddress: optional(text),
    ipAddresses: texts,
    ports: listOf(fields({ protocol: optional(text), port: optional(number) })),
  }),
);
const SPEC = fields({
  capabilities: texts,
  syscalls: texts,
  execs: listOf(fields({ path: text, args: texts })),
  opens: listOf(fields({ path: text, flags: texts })),
  endpoints: listOf(fields({ endpoint: optional(text), methods: texts })),
  rulePolicies: mapOf(fields({ processAllowed: texts })),
  identifiedCallStacks: listOf(fields({ callID: text, callStack: fields({ root: node }) })),
  egress: neighbors,
  ingress: neighbors,
});

const record: Check = (value, where) => {
  if (!isRecord(value)) throw unexpected('an object', value, where);
};
const LISTS = {
  containers: listOf(record),
  initContainers: listOf(record),
  ephemeralContainers: listOf(record),
};
const SECTIONS = fields(LISTS);

function unexpected(expected: string, value: unknown, where: string): AgentError {
  const given = value === undefined ? 'nothing' : JSON.stringify(value)?.slice(0, 80);
  return new AgentError('invalid', `${where}: expected ${expected}, got ${given}`);
}

function below(where: string, reason: unknown): AgentError {
  const { message } = AgentError.from(reason);
  const isItself = message.startsWith(': ');
  return new AgentError('invalid', `${where}${isItself ? '' : '.'}${message}`);
}
