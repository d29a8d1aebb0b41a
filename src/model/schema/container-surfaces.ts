import { CALL_STACKS } from './call-stack-surface.ts';
import type { Schema } from './schema.ts';
import { anyObject, flag, listOf, mapOf, record, text, texts } from './schema-parts.ts';
import { seccompProfile } from './seccomp-surface.ts';

const exec = record(
  'A program that may be executed.',
  {
    path: text('Path of the executable; ⋯ stands for one segment, * for any number of them.'),
    args: texts(
      'The argument vector with argv[0]; ⋯ stands for one argument, ⋯⋯ for any number. None: any arguments.',
    ),
    envs: texts('Environment variables.'),
    argsRequired: flag('True: only these arguments are allowed, even when there are none.'),
  },
  ['path'],
);

const open = record(
  'A file that may be opened.',
  {
    path: text('Path of the file; ⋯ stands for one segment, * for any number of them.'),
    flags: texts('Flags of the open, for example O_RDONLY.'),
  },
  ['path'],
);

const endpoint = record('An HTTP endpoint that is served or called.', {
  endpoint: text('Port and path, for example :80/users/⋯.'),
  methods: texts('Methods, for example GET.'),
  internal: flag('Whether the other side is inside the cluster.'),
  direction: text('inbound or outbound.'),
  headers: anyObject('Header values, as lists by header name.'),
});

const rulePolicy = record('Whom a rule leaves alone.', {
  processAllowed: texts('Names of processes that the rule leaves alone.'),
  containerAllowed: flag('True: the rule leaves the whole container alone.'),
});

/** What one container may do, apart from its network (`ContainerSurfaces`). */
export const CONTAINER_SURFACES = {
  architectures: texts('Architectures that it ran on, for example amd64.'),
  capabilities: texts('Capabilities that it used, without CAP_, for example NET_ADMIN.'),
  execs: listOf(exec, 'Programs that it executes.'),
  opens: listOf(open, 'Files that it opens.'),
  syscalls: texts('System calls that it makes.'),
  seccompProfile: seccompProfile('The seccomp profile that goes with it.'),
  endpoints: listOf(endpoint, 'HTTP endpoints that it serves or calls.'),
  imageID: text('The image by digest.'),
  imageTag: text('The image by tag.'),
  rulePolicies: mapOf(rulePolicy, 'Exceptions from rules, by the ID of the rule.'),
  identifiedCallStacks: CALL_STACKS,
} as const satisfies Readonly<Record<string, Schema>>;
