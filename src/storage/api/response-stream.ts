import type { ServerResponse } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { WatchStream } from './api-request.ts';
import type { WatchSink } from './watcher.ts';

/** A reader who takes nothing for so long while something waits for it has gone. */
const STALLED_MS = 30_000;

/** A response that is written in parts and never holds much more than its reader takes. */
export class ResponseStream implements WatchStream {
  readonly closed: Promise<void>;
  readonly sink: WatchSink;
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  #isClosed = false;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
    this.sink = {
      write: (frame) => this.write(frame),
      backlogBytes: () => response.writableLength,
      end: () => {
        response.end();
      },
      destroy: () => {
        response.destroy();
      },
    };
  }

  /** What comes after the end is left out. */
  write(part: string | Uint8Array): void {
    if (this.#isClosed || this.#response.writableEnded) return;
    this.#response.write(part);
  }

  onDrain(run: () => void): void {
    this.#response.on('drain', run);
  }

  async room(): Promise<void> {
    if (this.#isClosed) throw new AgentError('aborted', 'the client went away');
    if (!this.#response.writableNeedDrain) return;
    const response = this.#response;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.schedule(STALLED_MS, () => response.destroy());
      const settle = () => {
        cancel();
        response.off('drain', settle);
        response.off('close', settle);
        resolve();
      };
      response.on('drain', settle);
      response.on('close', settle);
    });
    if (this.#isClosed) throw new AgentError('aborted', 'the client went away');
  }
}
