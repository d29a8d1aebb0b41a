import { get, type IncomingMessage } from 'node:http';

/** One line of a watch. */
export interface WatchLine {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field of any object
  readonly object: any;
}

/** A watch over HTTP that keeps what it hears. */
export class WatchClient {
  readonly lines: WatchLine[] = [];
  readonly code: number;
  /** Settles when the server ends the stream. */
  readonly ended: Promise<void>;
  readonly #incoming: IncomingMessage;
  #look = () => {};

  private constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
    this.code = incoming.statusCode ?? 0;
    let rest = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.lines.push(JSON.parse(part));
      this.#look();
    });
    incoming.on('error', () => {});
    this.ended = new Promise((resolve) => {
      incoming.on('close', () => {
        resolve();
        this.#look();
      });
    });
  }

  static open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<WatchClient> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (incoming) => resolve(new WatchClient(incoming))).on(
        'error',
        reject,
      );
    });
  }

  /** Waits until so many lines were heard; gives all of them as short words. */
  async heard(count: number): Promise<readonly string[]> {
    while (this.lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
    return this.words();
  }

  /** `ADDED a`, `BOOKMARK 7` … */
  words(): readonly string[] {
    return this.lines.map(({ type, object }) => {
      if (type === 'BOOKMARK') return `${type} ${object.metadata.resourceVersion}`;
      return `${type} ${object.metadata?.name ?? object.code}`;
    });
  }

  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  close(): void {
    this.#incoming.destroy();
  }
}
