import { AgentError } from '#model/agent-error.js';
import { parseDuration } from '#runtime/duration.js';
import {
  type AgentOptions,
  type AnyOption,
  environmentNameOf,
  flagOf,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
} from './options.ts';

/** Values by option name, as they were written. */
type Written = Readonly<Record<string, unknown>>;

/** Where values come from; later ones win over earlier ones. */
export interface ConfigSources {
  /** Contents of a configuration file, and its name for messages. */
  readonly file?: { readonly name: string; readonly values: Written };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From the command line, by option name. */
  readonly flags: Written;
}

/**
 * The options: defaults, then the file, then the environment, then the command line. Throws
 * `invalid` with every problem found, each naming the source, the field and what was expected.
 */
export function configFrom({ file, environment, flags }: ConfigSources): AgentOptions {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const read = (name: OptionName, written: unknown, where: string) => {
    try {
      values[name] = readValue(OPTIONS[name], written, where);
    } catch (error) {
      problems.push(AgentError.from(error).message);
    }
  };
  for (const name of OPTION_NAMES) read(name, OPTIONS[name].default, name);
  for (const [name, written] of Object.entries(file?.values ?? {})) {
    if (isOptionName(name)) read(name, written, `${file?.name}: ${name}`);
    else problems.push(`${file?.name}: ${name}: there is no such option`);
  }
  for (const name of OPTION_NAMES) {
    const variable = environmentNameOf(name);
    if (environment[variable] !== undefined) read(name, environment[variable], variable);
    if (flags[name] !== undefined) read(name, flags[name], `--${flagOf(name)}`);
  }
  if (problems.length > 0) throw new AgentError('invalid', problems.join('\n'));
  return values as AgentOptions;
}

/** The environment of this process; the only place that reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function readValue(option: AnyOption, written: unknown, where: string): unknown {
  const { kind } = option;
  switch (kind) {
    case 'duration':
      return parseDuration(asText(written, where, 'a duration such as 30s'), where);
    case 'integer':
      return readInteger(written, where, option.range ?? [0, Number.MAX_SAFE_INTEGER]);
    case 'boolean':
      return readBoolean(written, where);
    case 'text':
      return asText(written, where, 'text');
    case 'period':
      return readPeriod(written, where);
    case 'choice':
      return readChoice(written, where, option.choices ?? []);
    case 'list':
      return readList(written, where);
    default:
      return kind satisfies never;
  }
}

function readPeriod(written: unknown, where: string): number {
  const periodMs = parseDuration(asText(written, where, 'a duration such as 30s'), where);
  if (periodMs > 0) return periodMs;
  throw expected('a duration above 0', written, where);
}

function readChoice(written: unknown, where: string, choices: readonly string[]): string {
  const found = choices.find((choice) => choice === written);
  if (found !== undefined) return found;
  throw expected(`one of ${choices.join(', ')}`, written, where);
}

function readInteger(
  written: unknown,
  where: string,
  [smallest, largest]: readonly [number, number],
): number {
  const value = typeof written === 'string' && written !== '' ? Number(written) : written;
  if (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= smallest &&
    value <= largest
  ) {
    return value;
  }
  throw expected(`a whole number from ${smallest} to ${largest}`, written, where);
}

function readBoolean(written: unknown, where: string): boolean {
  if (written === true || written === 'true' || written === '1') return true;
  if (written === false || written === 'false' || written === '0') return false;
  throw expected('true or false', written, where);
}

function readList(written: unknown, where: string): readonly string[] {
  if (typeof written === 'string') return written.split(',').filter((part) => part !== '');
  if (Array.isArray(written) && written.every((part) => typeof part === 'string')) return written;
  throw expected('a list of texts', written, where);
}

function asText(written: unknown, where: string, what: string): string {
  if (typeof written === 'string') return written;
  throw expected(what, written, where);
}

function expected(what: string, written: unknown, where: string): AgentError {
  return new AgentError('invalid', `${where}: expected ${what}, got ${JSON.stringify(written)}`);
}
