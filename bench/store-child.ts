import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEASURING_FLAGS } from './launcher-flags.ts';

/** What a child does when it is asked, by the word it is asked with. */
export type Answers = Readonly<Record<string, (argument: number) => unknown>>;

/** Processor time of this process so far, in microseconds; what its threads collect or compress too. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** In a child: answers its parent until that goes away. */
export function answerParent(answers: Answers): void {
  process.on('message', async ({ word, argument }: { word: string; argument: number }) => {
    process.send?.((await answers[word]?.(argument)) ?? null);
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

/** Another process, which is asked one thing at a time. */
export class Child {
  /** The file that it runs. */
  readonly name: string;
  readonly #process: ChildProcess;

  private constructor(name: string, started: ChildProcess) {
    this.name = name;
    this.#process = started;
  }

  /** Starts a file of this folder; settles when it is ready. */
  static async start(file: string, ...args: readonly string[]): Promise<Child> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const child = new Child(file, fork(path, args, { execArgv: [...MEASURING_FLAGS] }));
    await child.#answer();
    return child;
  }

  /** What it answers; rejects when it ends instead. */
  async ask<T>(word: string, argument = 0): Promise<T> {
    const answer = this.#answer();
    this.#process.send({ word, argument });
    return (await answer) as T;
  }

  /** Ends it, and waits until it has ended. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.disconnect();
    await ended;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (code: number | null) =>
        reject(new Error(`a process of the bench ended: ${code}`));
      this.#process.once('exit', fail);
      this.#process.once('message', (message) => {
        this.#process.off('exit', fail);
        resolve(message);
      });
    });
  }
}
