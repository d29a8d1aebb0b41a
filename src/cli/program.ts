import { Command, CommanderError, Option } from 'commander';
import { processEnvironment } from '#agent/config.js';
import { LIVE_OPTIONS, NOT_IN_REPLAY, OPTION_NAMES, SENSOR_OPTIONS } from '#agent/options.js';
import { AGENT_VERSION } from '#agent/version.js';
import { AgentError } from '#model/agent-error.js';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { addExplain } from './explain-program.ts';
import { addOptionFlags, optionsFrom } from './option-flags.ts';
import { addName, addProfiles, addRedact } from './profile-program.ts';
import {
  type Act,
  append,
  type Flags,
  formatOption,
  outputOf,
  outputOption,
  type Parts,
} from './program-parts.ts';
import { addRules } from './rule-program.ts';
import { addStore } from './store-program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

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
    // `profiles` and `profiles diff` have options of one name: each takes those behind it.
    .enablePositionalOptions()
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

const COMMANDS = [
  addRun,
  addContainers,
  addExplain,
  addProfiles,
  addStore,
  addRules,
  addRecord,
  addReplay,
  addRedact,
  addName,
  addDoctor,
];

function addRun({ root, terminal, act }: Parts): void {
  const run = root
    .command('run')
    .description('watch this host until Ctrl-C')
    .option('--recording <file>', 'play this recording as if it happened now, instead')
    .option('--speed <factor>', 'how much faster than it happened', '1')
    .addOption(outputOption());
  addOptionFlags(run, OPTION_NAMES).action(
    act(async (flags: Flags) => {
      const { runRun } = await import('./commands/run.ts');
      return runRun({
        options: await optionsFrom(flags),
        output: outputOf(flags),
        recording: recordingIn(flags),
        terminal,
      });
    }),
  );
}

function recordingIn(flags: Flags) {
  const { recording, speed } = flags;
  if (typeof recording !== 'string') return undefined;
  const factor = Number(speed);
  if (factor > 0 && Number.isFinite(factor)) return { file: recording, speed: factor };
  throw new AgentError('invalid', `--speed: expected a number above 0, got ${String(speed)}`);
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

function addRecord({ root, terminal, act }: Parts): void {
  const record = root
    .command('record')
    .description('write what the sensor and containerd say into a recording')
    .argument('<file>', 'the recording to write; it must not exist')
    .option('--duration <duration>', 'stop after this long, instead of at Ctrl-C');
  addOptionFlags(record, [...LIVE_OPTIONS, ...SENSOR_OPTIONS, 'dedupWindow', 'logLevel']).action(
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
    .option(
      '--compare <path>',
      'rules to compare with: tells which alerts would come, go or change. May be repeated.',
      append,
    )
    .option(
      '--compare-profiles <path>',
      'profiles to compare with, in place of those of --profiles. May be repeated.',
      append,
    )
    .addOption(outputOption());
  addOptionFlags(
    replay,
    OPTION_NAMES.filter((name) => !NOT_IN_REPLAY.has(name)),
  ).action(
    act(async (file: string, flags: Flags) => {
      const paths = (name: string) => flags[name] as readonly string[] | undefined;
      const given = {
        file,
        profiles: paths('profiles') ?? [],
        options: await optionsFrom(flags),
        output: outputOf(flags),
        terminal,
      };
      const { compare, compareProfiles } = {
        compare: paths('compare'),
        compareProfiles: paths('compareProfiles'),
      };
      if (compare !== undefined || compareProfiles !== undefined) {
        const { runReplayComparison } = await import('./commands/replay-comparison.ts');
        return runReplayComparison({ ...given, compare, compareProfiles });
      }
      const { runReplay } = await import('./commands/replay.ts');
      return runReplay(given);
    }),
  );
}

function addDoctor({ root, terminal, act }: Parts): void {
  const doctor = root
    .command('doctor')
    .description('say what this machine can do, and how to mend what is missing')
    .addOption(formatOption());
  addOptionFlags(doctor, [...LIVE_OPTIONS, 'source']).action(
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
