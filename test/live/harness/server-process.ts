import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from './wait-for.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** A server of someone else, started by a test in a folder of the test's. */
export class ServerProcess {
  readonly #program: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  #failure: Error | undefined;

  private constructor(program: string, args: readonly string[], folder: string) {
    this.#program = program;
    this.#log = join(folder, `${program}.log`);
    const log = openSync(this.#log, 'a');
    // Should this process be killed, the server goes with it.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Starts it and waits until `isReady`, which may throw meanwhile. What it writes goes to `PROGRAM.log`. */
  static async start({
    program,
    args,
    folder,
    isReady,
  }: {
    readonly program: string;
    readonly args: readonly string[];
    readonly folder: string;
    readonly isReady: () => Promise<boolean> | boolean;
  }): Promise<ServerProcess> {
    const server = new ServerProcess(program, args, folder);
    const readyOrEnded = async () => server.#hasEnded || (await isReady());
    try {
      await waitFor(`${program} to be ready`, readyOrEnded, START_TIMEOUT_MS);
      if (server.#hasEnded) throw new Error(`${program} ended while starting`);
      return server;
    } catch (cause) {
      await server.stop();
      throw new Error(`${cause}\n${await server.#lastLines()}`, { cause });
    }
  }

  /** Ends it in order, or at once when that takes too long. Harmless when it has ended already. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const hasEnded = () => this.#hasEnded;
    await waitFor(`${this.#program} to end`, hasEnded, STOP_TIMEOUT_MS).catch(() =>
      this.#child.kill('SIGKILL'),
    );
    await waitFor(`${this.#program} to be gone`, hasEnded, STOP_TIMEOUT_MS);
  }

  get #hasEnded(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode !== null || signalCode !== null || this.#failure !== undefined;
  }

  async #lastLines(): Promise<string> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    return `${this.#failure ?? ''}${text.split('\n').slice(-20).join('\n')}`;
  }
}

/** Whether an HTTP server answers a GET with 200; rejects while nobody listens. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.text();
  return response.status === 200;
}

/** The JSON behind a URL. Rejects when the status is not 200. */
export async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
