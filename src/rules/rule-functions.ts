import type { CelFunction } from '#cel/cel-declarations.js';
import { CLUSTER_FUNCTIONS } from './cluster-functions.ts';
import { isPrivateAddress } from './private-address.ts';
import { PROCESS_FUNCTIONS } from './process-functions.ts';
import { PROFILE_FUNCTIONS, type ProfileFunction, texts } from './profile-functions.ts';
import type { RuleHost } from './rule-host.ts';

/** `ap` and `nn` are the public system's older names for `cp`. */
const PROFILE_NAMESPACES = ['cp', 'ap', 'nn'] as const;

/** Functions that need nothing but their arguments. */
const PLAIN_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  {
    name: 'parse.get_exec_path',
    parameters: ['list<string>', 'string'],
    returns: 'string',
    call: (_host, args, comm) => execPath(texts(args), comm as string),
  },
  {
    name: 'parse.get_exec_path',
    parameters: ['list<string>', 'string', 'string'],
    returns: 'string',
    call: (_host, ...[args, comm, exePath]) => exePath || execPath(texts(args), comm as string),
  },
  {
    name: 'net.is_private_ip',
    parameters: ['string'],
    returns: 'bool',
    call: (_host, address) => isPrivateAddress(address as string),
  },
];

/** Every function that a rule may call: on profiles, on the cluster, on processes, and the table above. */
export const RULE_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  ...PROFILE_FUNCTIONS.flatMap(inEachNamespace),
  ...CLUSTER_FUNCTIONS,
  ...PROCESS_FUNCTIONS,
  ...PLAIN_FUNCTIONS,
];

/** What a process was started as: `argv[0]`, or its name when that is missing or empty. */
export function execPath(args: readonly string[], comm: string): string {
  return args[0] || comm;
}

/** The container's id comes first; without a profile to judge by the answer is false. */
function inEachNamespace({
  name,
  parameters,
  ask,
  exempt,
}: ProfileFunction): CelFunction<RuleHost>[] {
  return PROFILE_NAMESPACES.map((namespace) => ({
    name: `${namespace}.${name}`,
    parameters: ['string', ...parameters],
    returns: 'bool',
    call(host: RuleHost, containerId: unknown, ...values: readonly unknown[]) {
      const id = containerId as string;
      if (exempt && host.isStopping(id)) return true;
      const profile = host.profileOf(id);
      if (profile === undefined) return false;
      return (
        ask(profile, ...values) || (exempt === true && host.isInPodSpec(id, values[0] as string))
      );
    },
  }));
}
