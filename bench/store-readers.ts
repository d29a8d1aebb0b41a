import { connect, type Socket } from 'node:net';
import type { Child } from './store-child.ts';

const NEWLINE = 10;
const RETURN = 13;
const PATIENCE_MS = 20_000;

/** Sockets that watch, and how many ends of events they saw. */
export class Readers {
  readonly #sockets: Socket[] = [];
  /** Raw bytes of the events of the first socket; for the length of an event. */
  bytes = 0;
  #left = 0;
  #reached = (_atNs: bigint) => {};

  static async open(child: Child, path: string, count: number): Promise<Readers> {
    const port = await child.ask<number>('port');
    const readers = new Readers();
    for (let i = 0; i < count; i += 1) await readers.#open(port, path);
    const deadlineMs = performance.now() + PATIENCE_MS;
    while ((await child.ask<number>('watchers')) < count) {
      if (performance.now() > deadlineMs)
        throw new Error(`${child.name} has not ${count} watchers`);
    }
    // What is told at the beginning has been told: it comes with the head of the answer.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return readers;
  }

  /** When the last socket has read the next event. */
  next(): Promise<bigint> {
    this.#left = this.#sockets.length;
    this.bytes = 0;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(port: number, path: string): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    const isFirst = this.#sockets.length === 0;
    this.#sockets.push(socket);
    let before = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (isFirst) this.bytes += chunk.length;
      if (hasEventEnd(chunk, before)) this.#left -= 1;
      before = chunk.at(-1) ?? before;
      if (this.#left === 0) this.#reached(process.hrtime.bigint());
    });
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  }
}

/** An event ends with a line's end; those of HTTP have a carriage return before them. */
function hasEventEnd(chunk: Buffer, before: number): boolean {
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) !== RETURN) return true;
  }
  return false;
}
