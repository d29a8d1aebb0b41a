import { type Command, Option } from 'commander';
import { configFrom, processEnvironment } from '#agent/config.js';
import {
  type AgentOptions,
  type AnyOption,
  flagOf,
  OPTIONS,
  type OptionName,
} from '#agent/options.js';
import { readManifests } from '#kube/manifests.js';
import { AgentError } from '#model/agent-error.js';

/** Gives a command the flags of some of the agent's options, and `--config`. */
export function addOptionFlags(command: Command, names: readonly OptionName[]): Command {
  for (const name of names) command.addOption(flagFor(name));
  return command.option('--config <file>', 'read options from a YAML or JSON file');
}

/**
 * The agent's options from a command's flags, its `--config` file and the environment. Throws
 * `invalid` with every problem found.
 */
export async function optionsFrom(flags: Readonly<Record<string, unknown>>): Promise<AgentOptions> {
  const environment = processEnvironment();
  const name = flags['config'];
  if (typeof name !== 'string') return configFrom({ environment, flags });
  const { manifests, errors } = await readManifests([name]);
  const [problem] = errors;
  if (problem) throw problem;
  const [manifest] = manifests;
  if (!manifest || manifests.length > 1) {
    throw new AgentError('invalid', `${name}: expected one document with option names and values`);
  }
  return configFrom({ file: { name, values: manifest.object }, environment, flags });
}

function flagFor(name: OptionName): Option {
  const { choices = [], kind, help, default: fallback }: AnyOption = OPTIONS[name];
  const flag = `--${flagOf(name)}`;
  if (kind === 'boolean') return new Option(flag, help);
  if (kind === 'list') {
    const option = new Option(`${flag} <value>`, `${help} May be repeated.`);
    return option.argParser((value: string, earlier: readonly string[] = []) => [
      ...earlier,
      value,
    ]);
  }
  const value = kind === 'text' ? 'value' : kind === 'period' ? 'duration' : kind;
  const values = choices.length > 0 ? ` One of ${choices.join(', ')}.` : '';
  const shown = fallback === '' ? '' : ` (default: ${fallback})`;
  return new Option(`${flag} <${value}>`, help + values + shown);
}
