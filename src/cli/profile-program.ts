import { Option } from 'commander';
import { STORE_OPTIONS } from '#agent/options.js';
import { AgentError } from '#model/agent-error.js';
import { addOptionFlags, optionsFrom } from './option-flags.ts';
import { append, type Flags, formatOption, type Parts } from './program-parts.ts';

interface NameFlags {
  readonly manifest?: readonly string[];
  readonly output: 'text' | 'json';
}

/** Adds `hullwatch name`. */
export function addName({ root, terminal, act }: Parts): void {
  root
    .command('name')
    .description("print the names of the profiles of a manifest's containers")
    .argument('[files...]', 'pods or workloads, YAML or JSON; - for standard input')
    .option('--manifest <file>', 'the same as a file argument. May be repeated.', append)
    .addOption(formatOption())
    .action(
      act(async (files: readonly string[], flags: NameFlags) => {
        const manifests = [...files, ...(flags.manifest ?? [])];
        if (manifests.length === 0)
          throw new AgentError('invalid', 'name: expected a manifest file');
        const { runName } = await import('./commands/name.ts');
        return runName({
          manifests,
          output: flags.output,
          write: (text) => terminal.write(text),
          writeError: (text) => terminal.writeError(text),
        });
      }),
    );
}

interface ProfilesFlags extends Flags {
  readonly output?: 'wide' | 'json';
  readonly namespace?: string;
}

/** Adds `hullwatch profiles`. */
export function addProfiles({ root, terminal, act }: Parts): void {
  const profiles = root
    .command('profiles')
    .description('show the learned profiles, how far each is learned, and what it missed')
    .argument('[name]', 'NAMESPACE/NAME: all that is known about how it was learned')
    .option('-n, --namespace <namespace>', 'only those of a namespace')
    .addOption(
      new Option('-o, --output <format>', 'more columns, or JSON').choices(['wide', 'json']),
    );
  addOptionFlags(profiles, STORE_OPTIONS).action(
    act(async (key: string | undefined, flags: ProfilesFlags) => {
      const { runProfiles } = await import('./commands/profiles.ts');
      const { namespace, output } = flags;
      return runProfiles({ options: await optionsFrom(flags), key, namespace, output, terminal });
    }),
  );
}

/** Adds `hullwatch redact`. */
export function addRedact({ root, terminal, act }: Parts): void {
  root
    .command('redact')
    .description('print lines as they would be written, with the secrets in them replaced')
    .argument(
      '[files...]',
      'lines: argument vectors as JSON, URLs, any text; - or none: standard input',
    )
    .option(
      '--test',
      'lines say what they expect, TEXT => EXPECTED; 1 when one turns out otherwise',
    )
    .action(
      act(async (files: readonly string[], flags: Flags) => {
        const { runRedact } = await import('./commands/redact.ts');
        const { textLines } = await import('./text-lines.ts');
        return runRedact({ lines: textLines(files), isTest: flags['test'] === true, terminal });
      }),
    );
}
