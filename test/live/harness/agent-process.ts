import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { waitFor } from './wait-for.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const STOP_TIMEOUT_MS = 20_000;

/** An object that the agent wrote to standard output, as it arrived. */
export interface PrintedAlert {
  /** The line, parsed. */
  readonly alert: Readonly<Record<string, unknown>>;
  /** When it was read, in milliseconds of `performance.now()`. */
  readonly atMs: number;
}

/** How a process that is no more ended. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Hullwatch that runs as a process of its own, seen from outside. */
export class AgentProcess {
  readonly pid: number;
  /** What it wrote to standard output, one JSON object a line. */
  readonly alerts: PrintedAlert[] = [];
  /** Lines on standard output that are no JSON object. */
  readonly otherOutput: string[] = [];
  /** Lines on standard error. */
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ending>;
  #ending: Ending | undefined;

  constructor(program: string, args: readonly string[], options: AgentOptions = {}) {
    const env = { ...process.env, ...options.env };
    const child = spawn(program, args, {
      cwd: options.cwd ?? REPOSITORY,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    lines(child.stdout).on('line', (line) => this.#takeOutput(line));
    lines(child.stderr).on('line', (line) => this.log.push(line));
    child.on('error', (error) => this.log.push(`cannot be started: ${error.message}`));
    this.#ended = new Promise((resolve) => {
      // 'close' comes after the last line was read; 'exit' may come before.
      child.on('close', (exitCode, signal) => {
        this.#ending = { exitCode, signal };
        resolve(this.#ending);
      });
    });
  }

  /** The first alert that fits, those that are there already included. */
  waitForAlert(
    predicate: (alert: PrintedAlert['alert']) => boolean,
    timeoutMs: number,
  ): Promise<PrintedAlert> {
    return this.#waitFor(
      'an alert',
      () => this.alerts.find(({ alert }) => predicate(alert)),
      timeoutMs,
    );
  }

  /** The first log line that matches, those that are there already included. */
  waitForLog(pattern: RegExp, timeoutMs: number): Promise<string> {
    return this.#waitFor(
      `a log line like ${pattern}`,
      () => this.log.find((line) => pattern.test(line)),
      timeoutMs,
    );
  }

  /** Asks it to end, as Ctrl-C does, and waits until it has. */
  async stop(): Promise<Ending> {
    this.#child.kill('SIGINT');
    return this.#waitFor('it to end after SIGINT', () => this.#ending, STOP_TIMEOUT_MS);
  }

  /** Waits until it has ended by itself. */
  ended(timeoutMs: number): Promise<Ending> {
    return this.#waitFor('it to end', () => this.#ending, timeoutMs);
  }

  /** Ends it at once. Harmless when it has ended already. */
  kill9(): Promise<Ending> {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  async #waitFor<T>(what: string, find: () => T | undefined, timeoutMs: number): Promise<T> {
    const isSettled = () => find() !== undefined || this.#ending !== undefined;
    const failure = (cause?: unknown) =>
      new Error(`${cause ?? `it ended while waiting for ${what}`}\n${this.#summary()}`, { cause });
    await waitFor(what, isSettled, timeoutMs).catch((cause) => {
      throw failure(cause);
    });
    const found = find();
    if (found === undefined) throw failure();
    return found;
  }

  #summary(): string {
    const ending = this.#ending ? JSON.stringify(this.#ending) : 'running';
    const alerts = this.alerts.slice(-5).map(({ alert }) => JSON.stringify(alert));
    const output = [...this.otherOutput.slice(-5), ...this.log.slice(-20)];
    return [
      `process ${this.pid}: ${ending}, ${this.alerts.length} alerts`,
      ...alerts,
      ...output,
    ].join('\n  ');
  }

  #takeOutput(line: string): void {
    const atMs = performance.now();
    const alert = parseObject(line);
    if (alert) this.alerts.push({ alert, atMs });
    else this.otherOutput.push(line);
  }
}

interface AgentOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the repository. */
  readonly cwd?: string;
}

/** Starts Hullwatch from its sources with this same Node.js: `hullwatch run ARGS…`. */
export function startAgent(args: readonly string[], options: AgentOptions = {}): AgentProcess {
  const main = join(REPOSITORY, 'src', 'cli', 'main.ts');
  return new AgentProcess(process.execPath, ['--conditions=source', main, 'run', ...args], options);
}

function lines(stream: NodeJS.ReadableStream): Interface {
  return createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
}

function parseObject(line: string): PrintedAlert['alert'] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as PrintedAlert['alert'])
      : undefined;
  } catch {
    return undefined;
  }
}
