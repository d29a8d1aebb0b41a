import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const REPOSITORY = join(import.meta.dirname, '..', '..');
export const MAIN: string = join(REPOSITORY, 'src', 'cli', 'main.ts');
const GROUP = '/apis/spdx.softwarecomposition.kubescape.io/v1beta1';

/** A `hullwatch store serve` that can be killed and comes back at the same address. */
export class ServedStore {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #port = 0;
  /** What it wrote to standard error, of all its lives. */
  readonly log: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Settles when it serves. */
  async start(): Promise<void> {
    const flags = [
      '--data',
      this.#folder,
      '--listen',
      `127.0.0.1:${this.#port}`,
      '--consolidate-interval',
      '300ms',
    ];
    const child = spawn(
      process.execPath,
      ['--conditions=source', MAIN, 'store', 'serve', ...flags],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line));
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), once(child, 'close')])) as [unknown];
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
    if (port === undefined) throw new Error(`the store did not start: ${this.log.join('\n')}`);
    this.#port = Number(port);
  }

  /** Ends it as it stands, and waits until it is gone. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** All objects of a kind, whole. */
  async all(plural: string): Promise<readonly StoredObject[]> {
    const response = await fetch(`${this.url}${GROUP}/${plural}`);
    if (!response.ok) throw new Error(`${plural}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { readonly items: readonly StoredObject[] }).items;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}

/** An object as the API gives it. */
export interface StoredObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}
