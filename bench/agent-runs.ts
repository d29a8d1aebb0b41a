import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSensorFiles } from '../src/sensor/sensor-files.ts';
import { AgentProcess } from '../test/live/harness/agent-process.ts';
import { freePort } from '../test/live/harness/free-port.ts';
import { waitFor } from '../test/live/harness/wait-for.ts';
import { childrenOf } from './process-cost.ts';

/** What a release starts Node.js with, from the launcher's first line: flags, and variables as `NAME=value`. */
const WORDS = readFileSync(new URL('../bin/hullwatch.js', import.meta.url), 'utf8')
  .split('\n', 1)
  .flatMap((line) => line.split(' '));
const FLAGS = WORDS.filter((word) => word.startsWith('--'));
const VARIABLES = Object.fromEntries(
  WORDS.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=', 2)),
);
/** The agent as a release has it, which the bench's npm script builds first. */
const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** A built agent at work, with its sensor. */
export interface RunningAgent {
  readonly process: AgentProcess;
  readonly sensorPid: number;
  /** Its metrics now, by their lines: `name{label="value"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Ends it and gives the line of its summary that adds up. */
  stop(): Promise<string>;
}

/** Starts `hullwatch run` as a release would, with a store of its own in `folder`, and waits for its sensor. */
export async function startBuiltAgent(
  folder: string,
  name: string,
  flags: readonly string[],
): Promise<RunningAgent> {
  const http = `127.0.0.1:${await freePort()}`;
  const store = join(folder, `${name}.db`);
  const agent = new AgentProcess(
    process.execPath,
    [...[...FLAGS, BUILT, 'run', '--store', store, '--http', http], ...flags],
    { env: VARIABLES },
  );
  await agent.waitForLog(/the sensor is ready/, 15_000);
  const [sensorPid = 0] = childrenOf(agent.pid);
  return {
    process: agent,
    sensorPid,
    metrics: async () => parseMetrics(await (await fetch(`http://${http}/metrics`)).text()),
    stop: async () => {
      await agent.stop();
      return agent.log.find((line) => line.startsWith('events: ')) ?? 'no accounting';
    },
  };
}

/** The loader alone, writing its frames to a file. */
export interface BareSensor {
  readonly pid: number;
  /** Where its frames are. */
  readonly path: string;
  /** Ends it in order. Harmless when it has ended already. */
  stop(): Promise<void>;
}

/** Starts the loader with its output in `folder` and waits until it is ready. */
export async function startBareSensor(
  folder: string,
  name: string,
  flags: readonly string[],
): Promise<BareSensor> {
  const files = findSensorFiles();
  if (!files) throw new Error('there is no sensor');
  const path = join(folder, `${name}.frames`);
  const child: ChildProcess = spawn(files.loaderPath, [files.objectPath, ...flags], {
    stdio: ['pipe', openSync(path, 'w'), 'inherit'],
  });
  await waitFor('the sensor to be ready', () => statSync(path).size > 0, 10_000);
  return {
    pid: child.pid ?? 0,
    path,
    stop: async () => {
      child.stdin?.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function parseMetrics(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
