import type { CelFunction } from '#cel/cel-declarations.js';
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
];

/** Every function that a rule may call: those on profiles, and the table above. */
export const RULE_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  ...PROFILE_FUNCTIONS.flatMap(inEachNamespace),
  ...PLAIN_FUNCTIONS,
];

/** What a process was started as: `argv[0]`, or its name when that is missing or empty. */
export function execPath(args: readonly string[], comm: string): string {
  return args[0] || comm;
}

/** The container's id comes first; without a profile to judge by the answer is false. */
function inEachNamespace({ name, parameters, ask }: ProfileFunction): CelFunction<RuleHost>[] {
  return PROFILE_NAMESPACES.map((namespace) => ({
    name: `${namespace}.${name}`,
    parameters: ['string', ...parameters],
    returns: 'bool',
    call(host: RuleHost, containerId: unknown, ...values: readonly unknown[]) {
      const profile = host.profileOf(containerId as string);
      return profile !== undefined && ask(profile, ...values);
    },
  }));
}
