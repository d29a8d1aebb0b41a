import { Command, CommanderError, Option } from 'commander';
import { processEnvironment } from '#agent/config.js';
import { OPTION_NAMES, type OptionName } from '#agent/options.js';
import { AGENT_VERSION } from '#agent/version.js';
import { AgentError } from '#model/agent-error.js';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { addOptionFlags, optionsFrom } from './option-flags.ts';
import { processTerminal, type Terminal } from './terminal.ts';

type Flags = Readonly<Record<string, unknown>>;

const LIVE_ONLY: readonly OptionName[] = ['containerdSocket', 'sensorFolder'];
const NOT_IN_REPLAY: ReadonlySet<OptionName> = new Set<OptionName>([...LIVE_ONLY, 'store', 'http']);

const STORED_KINDS = 'containerprofiles, applicationprofiles or networkneighborhoods';

// Each command loads its part of the program when it runs: `name` needs no gRPC, `run` no reader of recordings.

/** Runs the command line and gives the exit status. Never throws. */
export async function program(
  args: readonly string[],
  terminal: Terminal = processTerminal(processEnvironment()['NO_COLOR']),
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const root = new Command('hullwatch')
    .description(
      'Learns what each container normally does, and alerts when one does something else.',
    )
    .version(AGENT_VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.writeError(text),
    });
  const act: Act =
    (work) =>
    async (...given) => {
      exitCode = await work(...(given as never[]));
    };
  const parts = { root, terminal, act };
  for (const add of COMMANDS) add(parts);
  try {
    await root.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
    terminal.writeError(`hullwatch: ${AgentError.from(error).message}\n`);
    if (isLive(args) && exitCodeOf(error) === EXIT.failed) {
      terminal.writeError('"hullwatch doctor" tells what this machine lacks, and how to mend it\n');
    }
    return exitCodeOf(error);
  }
}

/** True of the commands that need the machine: root, eBPF, containerd. */
function isLive([command]: readonly string[]): boolean {
  return command === 'run' || command === 'record';
}

const COMMANDS = [addRun, addContainers, addStore, addRecord, addReplay, addName, addDoctor];

type Act = (work: (...given: never[]) => Promise<number>) => (...given: unknown[]) => Promise<void>;

/** What every command is added with. */
interface Parts {
  readonly root: Command;
  readonly terminal: Terminal;
  /** Makes an action that keeps the exit status. */
  readonly act: Act;
}

function addRun({ root, terminal, act }: Parts): void {
  const run = root.command('run').description('watch this host until Ctrl-C');
  addOptionFlags(run.addOption(outputOption()), OPTION_NAMES).action(
    act(async (flags: Flags) => {
      const { runRun } = await import('./commands/run.ts');
      return runRun({ options: await optionsFrom(flags), output: outputOf(flags), terminal });
    }),
  );
}

interface ContainersFlags extends Flags {
  readonly output?: 'wide' | 'json';
  readonly watch?: boolean;
  readonly explain?: string;
}

function addContainers({ root, terminal, act }: Parts): void {
  const containers = root
    .command('containers')
    .description('show the containers of a running agent, and what they are judged by')
    .argument('[id]', 'a container id or the beginning of one: all that is known about it')
    .addOption(
      new Option('-o, --output <format>', 'more columns, or what the agent sent').choices([
        'wide',
        'json',
      ]),
    )
    .option('-w, --watch', 'ask every second and print what changed, until Ctrl-C')
    .option(
      '--explain <question>',
      "what allows something, for example 'exec /bin/sh -c id' or 'open /etc/shadow O_RDONLY'",
    );
  addOptionFlags(containers, ['http']).action(
    act(async (id: string | undefined, flags: ContainersFlags) => {
      const { runContainers } = await import('./commands/containers.ts');
      const { output, watch = false, explain } = flags;
      const { http } = await optionsFrom(flags);
      return runContainers({ http, id, output, isWatch: watch, explain, terminal });
    }),
  );
}

interface StoreGetFlags extends Flags {
  readonly output: 'table' | 'json' | 'yaml';
}

function addStore({ root, terminal, act }: Parts): void {
  const store = root
    .command('store')
    .description('look at the embedded profile store, also of a running agent, and change it');
  const given = async (flags: Flags) => ({ store: (await optionsFrom(flags)).store, terminal });
  const add = (name: string, what: string) =>
    addOptionFlags(store.command(name).description(what), ['store']);
  add('apply', 'create or replace profiles')
    .argument('<files...>', 'profiles, YAML or JSON, files or folders')
    .action(
      act(async (files: readonly string[], flags: Flags) => {
        const { runStoreApply } = await import('./commands/store.ts');
        return runStoreApply(await given(flags), files);
      }),
    );
  add('delete', 'delete a profile')
    .argument('<kind>', STORED_KINDS)
    .argument('<name>', 'NAMESPACE/NAME')
    .action(
      act(async (kind: string, key: string, flags: Flags) => {
        const { runStoreDelete } = await import('./commands/store.ts');
        return runStoreDelete(await given(flags), [kind, key]);
      }),
    );
  add('get', 'show the profiles, those of a kind, or one')
    .argument('[kind]', STORED_KINDS)
    .argument('[name]', 'NAMESPACE/NAME')
    .addOption(
      new Option('-o, --output <format>', 'how to print')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .action(
      act(async (kind: string | undefined, key: string | undefined, flags: StoreGetFlags) => {
        const { runStoreGet } = await import('./commands/store.ts');
        return runStoreGet(await given(flags), { kind, key, format: flags.output });
      }),
    );
}

function addRecord({ root, terminal, act }: Parts): void {
  const record = root
    .command('record')
    .description('write what the sensor and containerd say into a recording')
    .argument('<file>', 'the recording to write; it must not exist')
    .option('--duration <duration>', 'stop after this long, instead of at Ctrl-C');
  addOptionFlags(record, [...LIVE_ONLY, 'logLevel']).action(
    act(async (file: string, flags: Flags) => {
      const { runRecord } = await import('./commands/record.ts');
      return runRecord({
        file,
        duration: flags['duration'],
        options: await optionsFrom(flags),
        terminal,
      });
    }),
  );
}

function addReplay({ root, terminal, act }: Parts): void {
  const replay = root
    .command('replay')
    .description('drive the same stages from a recording, on a clock of its own')
    .argument('<file>', 'a recording made with "hullwatch record"')
    .option(
      '--profiles <path>',
      'profiles that exist beforehand, a file or folder. May be repeated.',
      append,
    )
    .addOption(outputOption());
  addOptionFlags(
    replay,
    OPTION_NAMES.filter((name) => !NOT_IN_REPLAY.has(name)),
  ).action(
    act(async (file: string, flags: Flags) => {
      const { runReplay } = await import('./commands/replay.ts');
      return runReplay({
        file,
        profiles: (flags['profiles'] ?? []) as readonly string[],
        options: await optionsFrom(flags),
        output: outputOf(flags),
        terminal,
      });
    }),
  );
}

interface NameFlags {
  readonly manifest?: readonly string[];
  readonly output: 'text' | 'json';
}

function addName({ root, terminal, act }: Parts): void {
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

function addDoctor({ root, terminal, act }: Parts): void {
  const doctor = root
    .command('doctor')
    .description('say what this machine can do, and how to mend what is missing')
    .addOption(formatOption());
  addOptionFlags(doctor, LIVE_ONLY).action(
    act(async (flags: Flags) => {
      const { runDoctor } = await import('./commands/doctor.ts');
      return runDoctor({
        options: await optionsFrom(flags),
        asJson: flags['output'] === 'json',
        terminal,
      });
    }),
  );
}

function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print')
    .choices(['text', 'json'])
    .default('text');
}

function outputOption(): Option {
  return new Option(
    '-o, --output <format>',
    'alerts as JSON lines, or told to a person with what led to them',
  )
    .choices(['json', 'pretty'])
    .default('json');
}

function outputOf(flags: Flags): 'json' | 'pretty' {
  return flags['output'] === 'pretty' ? 'pretty' : 'json';
}

function append(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
