import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Clock } from '#runtime/clock.js';
import type { SyslogTransport } from './syslog-sink.ts';

/** Where {@link SyslogDatagrams} go. */
export interface SyslogDatagramOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** A name may have got another address by then. */
const MAX_AGE_MS = 60_000;

/** Syslog over UDP, one datagram for each message (RFC 5426). */
export class SyslogDatagrams implements SyslogTransport {
  readonly #options: SyslogDatagramOptions;
  #socket: Socket | undefined;
  #openedMs = 0;
  #error: Error | undefined;

  constructor(options: SyslogDatagramOptions) {
    this.#options = options;
  }

  /** Rejects also when the host answered to an earlier message that nobody listens there. */
  async send(message: Buffer, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const socket = await this.#connected(signal);
    await new Promise<void>((resolve, reject) => {
      socket.send(message, (error) => (error ? reject(error) : resolve()));
    });
    if (this.#error !== undefined) throw this.#error;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#error = undefined;
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    const { host, port, clock } = this.#options;
    if (this.#error !== undefined) throw this.#error;
    const kept = this.#socket;
    if (kept !== undefined && clock.monotonic() - this.#openedMs < MAX_AGE_MS) return kept;
    this.close();
    const { address, family } = await lookup(host);
    signal.throwIfAborted();
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    this.#socket = socket;
    this.#openedMs = clock.monotonic();
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#error = error;
    });
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
    return socket;
  }
}
