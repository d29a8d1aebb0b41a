import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { SyslogTransport } from './syslog-sink.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

/** Where a {@link SyslogStream} goes. */
export interface SyslogStreamOptions {
  readonly host: string;
  readonly port: number;
  /** TLS (RFC 5425); absent: plain TCP (RFC 6587). */
  readonly tls?: TlsFiles | undefined;
}

/** A peer that went away without a word is found out by the kernel after about this. */
const KEEP_ALIVE_MS = 15_000;

/** Syslog over a connection that is kept, each message with its length before it (RFC 6587 3.4.1, RFC 5425 4.3). */
export class SyslogStream implements SyslogTransport {
  readonly #options: SyslogStreamOptions;
  #socket: Socket | undefined;

  constructor(options: SyslogStreamOptions) {
    this.#options = options;
  }

  async send(message: Buffer, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const socket = await this.#connected(signal);
    const frame = Buffer.concat([Buffer.from(`${message.length} `), message]);
    await untilSettled(socket, signal, (done) => socket.write(frame, done));
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    const kept = this.#socket;
    // A server that has ended its side reads no more, although the kernel would still take what we write.
    if (kept?.writable && !kept.readableEnded && !kept.destroyed) return kept;
    this.close();
    const { host, port, tls } = this.#options;
    const secrets = tls && (await readTlsFiles(tls));
    signal.throwIfAborted();
    const socket = secrets ? connectSecure({ host, port, ...secrets }) : connectPlain(port, host);
    this.#socket = socket;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    // Later trouble is told by the next write; a syslog server has nothing to say.
    socket.on('error', () => {});
    socket.resume();
    const event = secrets ? 'secureConnect' : 'connect';
    await untilSettled(socket, signal, (done) => socket.once(event, () => done()));
    return socket;
  }
}

/** Waits for `start` to call back; fails when the socket does first, and destroys it when `signal` aborts. */
function untilSettled(
  socket: Socket,
  signal: AbortSignal,
  start: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason);
    const onClose = () => settle(new Error('the connection was closed'));
    const settle = (error?: Error | null) => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', settle);
      socket.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', settle);
    socket.on('close', onClose);
    start(settle);
  });
}
