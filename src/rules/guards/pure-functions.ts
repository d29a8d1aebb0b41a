import type { CelFunction } from '#cel/cel-declarations.js';
import { RULE_FUNCTIONS } from '../rule-functions.ts';
import type { RuleHost } from '../rule-host.ts';

/** A function whose answer depends on nothing but its arguments and what the host knows already. */
export interface PureFunction {
  /** One name for all that are the same function. */
  readonly name: string;
  readonly fn: {
    /** Whether the values are of the function's types. */
    accepts(values: readonly unknown[]): boolean;
    call(host: RuleHost, values: readonly unknown[]): unknown;
  };
}

/** Namespaces of questions to a profile; the first is the one that the others are aliases of. */
const [PROFILE, ...ALIASES] = ['cp', 'ap', 'nn'];

/** Others that answer alike when they are asked twice about one event. */
const OTHERS: ReadonlySet<string> = new Set([
  'k8s.get_container_by_name',
  'k8s.is_api_server_address',
  'net.is_private_ip',
  'parse.get_exec_path',
  // Reads a file: nearly always to find nothing, so that it is read once and not twice.
  'process.get_ld_hook_var',
]);

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  int: (value) => typeof value === 'bigint',
  string: (value) => typeof value === 'string',
  uint: (value) => typeof value === 'object' && value !== null,
  'list<string>': Array.isArray,
};

const BY_SIGNATURE = functionsBySignature();

/** The function of that name and number of arguments, if it is one of these and the only one. */
export function pureFunction(name: string, parameters: number): PureFunction | undefined {
  return BY_SIGNATURE.get(`${plainName(name)} ${parameters}`);
}

function functionsBySignature(): ReadonlyMap<string, PureFunction> {
  const all = new Map<string, PureFunction>();
  const ambiguous = new Set<string>();
  for (const declared of RULE_FUNCTIONS.filter(({ name }) => isPure(name))) {
    const signature = `${declared.name} ${declared.parameters.length}`;
    if (all.has(signature)) ambiguous.add(signature);
    all.set(signature, { name: declared.name, fn: checked(declared) });
  }
  for (const signature of ambiguous) all.delete(signature);
  return all;
}

function isPure(name: string): boolean {
  return name.startsWith(`${PROFILE}.`) || OTHERS.has(name);
}

function plainName(name: string): string {
  const [namespace = '', ...rest] = name.split('.');
  return ALIASES.includes(namespace) ? [PROFILE, ...rest].join('.') : name;
}

function checked({ parameters, call }: CelFunction<RuleHost>): PureFunction['fn'] {
  const checks = parameters.map((type) => CHECKS[type] ?? (() => false));
  return {
    accepts: (values) => checks.every((check, at) => check(values[at])),
    call: (host, values) => call(host, ...values),
  };
}
