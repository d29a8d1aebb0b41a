import type { Readable } from 'node:stream';
import { AgentError } from '#model/agent-error.js';
import type { LineInput, LineInputHooks } from './line-input.ts';

/** Lines from standard input, or any stream of bytes. Once it has ended it cannot be read again. */
export class StreamInput implements LineInput {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  read({ onOpen, onChunk, onEnd, signal }: LineInputHooks): Promise<void> {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return Promise.reject(ended());
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (work: () => void) => {
        stream.off('data', onData).off('end', onStreamEnd).off('error', onError);
        signal.removeEventListener('abort', onAbort);
        stream.pause();
        work();
      };
      const attempt = (work: () => void) => {
        try {
          work();
        } catch (reason) {
          settle(() => reject(reason));
        }
      };
      const onData = (chunk: Buffer | string) => attempt(() => onChunk(Buffer.from(chunk)));
      const onStreamEnd = () =>
        attempt(() => {
          onEnd();
          settle(() => reject(ended()));
        });
      const onError = (cause: Error) => settle(() => reject(ended(cause)));
      const onAbort = () => settle(resolve);
      signal.addEventListener('abort', onAbort, { once: true });
      stream.on('end', onStreamEnd).on('error', onError);
      attempt(onOpen);
      stream.on('data', onData);
    });
  }
}

function ended(cause?: Error): AgentError {
  const why = cause ? `cannot be read: ${cause.message}` : 'has ended, and the tool behind it';
  return new AgentError('unavailable', `standard input ${why}`, { cause });
}
