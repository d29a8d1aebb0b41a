import type { CelFunction } from '#cel/cel-declarations.js';
import { AgentError } from '#model/agent-error.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import type { RuleHost } from './rule-host.ts';

/** `ap` and `nn` are the public system's older names for `cp`. */
const PROFILE_NAMESPACES = ['cp', 'ap', 'nn'] as const;

/** A question to the profile of the container that the first argument names; false without one. */
interface ProfileQuestion {
  readonly name: string;
  /** Types of the arguments after the container's id. */
  readonly parameters: readonly string[];
  ask(profile: ProjectedProfile, ...values: readonly unknown[]): boolean;
}

const PROFILE_QUESTIONS: readonly ProfileQuestion[] = [
  {
    name: 'was_executed',
    parameters: ['string'],
    ask: (profile, path) => profile.wasExecuted(path as string),
  },
  {
    name: 'was_executed_with_args',
    parameters: ['string', 'list<string>'],
    ask: (profile, path, args) => profile.wasExecutedWithArgs(path as string, texts(args)),
  },
  {
    name: 'was_path_opened',
    parameters: ['string'],
    ask: (profile, path) => profile.wasPathOpened(path as string),
  },
  {
    name: 'was_path_opened_with_flags',
    parameters: ['string', 'list<string>'],
    ask: (profile, path, flags) => profile.wasPathOpenedWithFlags(path as string, texts(flags)),
  },
];

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

/** Every function that a rule may call. Adding one is an entry in one of the tables above. */
export const RULE_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  ...PROFILE_QUESTIONS.flatMap(asProfileFunctions),
  ...PLAIN_FUNCTIONS,
];

/** What a process was started as: `argv[0]`, or its name when that is missing or empty. */
export function execPath(args: readonly string[], comm: string): string {
  return args[0] || comm;
}

function asProfileFunctions({ name, parameters, ask }: ProfileQuestion): CelFunction<RuleHost>[] {
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

/** `event.args` is a list of anything to the checker, so what is in it is looked at here. */
function texts(values: unknown): readonly string[] {
  const list = values as readonly unknown[];
  if (list.every((value) => typeof value === 'string')) return list;
  throw new AgentError('invalid', 'expected a list of strings');
}
