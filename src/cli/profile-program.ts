import { type Command, Option } from 'commander';
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

const REFERENCE =
  '[KIND:]NAMESPACE/NAME[@VERSION] in the store, FILE[#NAME], or container:ID of a running agent';

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
  addProfilesDiff(profiles, { root, terminal, act });
  addProfilesAllow(profiles, { root, terminal, act });
}

interface DiffFlags extends Flags {
  readonly container?: string;
  readonly output: 'text' | 'json';
}

function addProfilesDiff(profiles: Command, { terminal, act }: Parts): void {
  const diff = profiles
    .command('diff')
    .description(
      'what profile B allows more (+), less (-) or differently (~) than A; 1 when they differ',
    )
    .argument('<a>', REFERENCE)
    .argument('<b>', 'likewise')
    .option('-c, --container <name>', 'the container to compare, where a profile speaks of several')
    .addOption(formatOption());
  addOptionFlags(diff, [...STORE_OPTIONS, 'http']).action(
    act(async (a: string, b: string, flags: DiffFlags) => {
      const { runProfilesDiff } = await import('./commands/profiles-diff.ts');
      const { container, output } = flags;
      const references = [a, b] as const;
      return runProfilesDiff({
        ...{ options: await optionsFrom(flags), references, container, output, terminal },
      });
    }),
  );
}

function addProfilesAllow(profiles: Command, { terminal, act }: Parts): void {
  const allow = profiles
    .command('allow')
    .description('print the user-managed profile that would have allowed what an alert is about')
    .argument('<alert>', "an alert's idempotencyKey, or the beginning of it")
    .option('--alone', 'only what is new, not joined with what the store has');
  addOptionFlags(allow, [...STORE_OPTIONS, 'http']).action(
    act(async (alert: string, flags: Flags) => {
      const { runProfilesAllow } = await import('./commands/profiles-allow.ts');
      const options = await optionsFrom(flags);
      return runProfilesAllow({ options, alert, isAlone: flags['alone'] === true, terminal });
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
