import { type ChildProcess, spawn } from 'node:child_process';

/** How a line ended. */
export interface Ran {
  readonly exit: number;
  readonly output: string;
}

/** Runs lines of the shell in a folder, `kubectl` being a certain program. */
export class Shell {
  readonly #folder: string;
  readonly #kubectl: string;

  constructor(folder: string, kubectl: string) {
    this.#folder = folder;
    this.#kubectl = kubectl;
  }

  /** Runs a line to its end. */
  async run(line: string): Promise<Ran> {
    return (await this.#start(line)).ended;
  }

  /** Runs a line, others beside it once it has begun, and ends it when it has printed enough. */
  async runBeside(
    line: string,
    { lines, untilLines }: { readonly lines: readonly string[]; readonly untilLines: number },
  ): Promise<Ran> {
    const main = await this.#start(line);
    // A watch prints what is there first; a wait prints nothing and needs a moment to begin.
    await Promise.race([main.printed(2), delay(1_500)]);
    for (const other of lines) await this.run(other);
    await Promise.race([main.printed(untilLines), main.ended, delay(20_000)]);
    const exit = await Promise.race([main.ended.then(() => true), delay(300).then(() => false)]);
    if (exit) return main.ended;
    process.kill(-(main.child.pid ?? 0), 'SIGTERM');
    return { ...(await main.ended), exit: 0 };
  }

  async #start(line: string) {
    const child = spawn('bash', ['-c', `kubectl() { command "$KUBECTL" "$@"; }\n${line}`], {
      cwd: this.#folder,
      detached: true,
      env: {
        PATH: process.env['PATH'],
        HOME: this.#folder,
        KUBECONFIG: `${this.#folder}/kubeconfig`,
        KUBECTL: this.#kubectl,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, ...outputOf(child) };
  }
}

function outputOf(child: ChildProcess) {
  let output = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      look();
    });
  }
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code) => resolve({ exit: code ?? -1, output }));
  });
  const printed = (lines: number) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (output.split('\n').length > lines) resolve();
      };
      look();
    });
  return { ended, printed };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
