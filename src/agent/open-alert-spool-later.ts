import type { SinkBacklog, SpoolFile } from '#alerts/spool-file.js';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';

/** What a {@link LateSpoolFile} is made of. */
export interface LateSpoolParts {
  /** Opens the file, or throws. */
  readonly open: () => SpoolFile;
  /** Why it could not be opened until now. */
  readonly reason: unknown;
  readonly onOpened: () => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}

/** A file that another process has costs a quarter of a second each time. */
const RETRY_MS = 60_000;

/**
 * A spool file that could not be opened. An append tries again, once a minute at most, and throws as long
 * as that fails; until then nothing waits here.
 */
export class LateSpoolFile implements SpoolFile {
  readonly #parts: LateSpoolParts;
  #file: SpoolFile | undefined;
  #sinks: readonly string[] = [];
  #reason: unknown;
  #nextMs: number;
  #isClosed = false;

  constructor(parts: LateSpoolParts) {
    this.#parts = parts;
    this.#reason = parts.reason;
    this.#nextMs = parts.clock.monotonic() + RETRY_MS;
  }

  get sizeBytes(): number {
    return this.#file?.sizeBytes ?? 0;
  }

  useSinks(names: readonly string[]): ReadonlyMap<string, number> {
    this.#sinks = names;
    return this.#file?.useSinks(names) ?? new Map();
  }

  append(...[alerts, standings]: Parameters<SpoolFile['append']>): ReturnType<SpoolFile['append']> {
    return this.#opened().append(alerts, standings);
  }

  waiting(sink: string, limit: number): ReturnType<SpoolFile['waiting']> {
    return this.#file?.waiting(sink, limit) ?? [];
  }

  acknowledge(...args: Parameters<SpoolFile['acknowledge']>): void {
    this.#file?.acknowledge(...args);
  }

  backlog(sink: string): SinkBacklog | undefined {
    return this.#file?.backlog(sink);
  }

  oldestMs(sink: string): number | undefined {
    return this.#file?.oldestMs(sink);
  }

  find(key: string): ReturnType<SpoolFile['find']> {
    return this.#file?.find(key);
  }

  close(): void {
    this.#isClosed = true;
    this.#file?.close();
  }

  #opened(): SpoolFile {
    if (this.#file) return this.#file;
    const { clock, open, onOpened, log } = this.#parts;
    const nowMs = clock.monotonic();
    if (this.#isClosed || nowMs < this.#nextMs) throw AgentError.from(this.#reason, 'unavailable');
    this.#nextMs = nowMs + RETRY_MS;
    try {
      this.#file = open();
    } catch (reason) {
      this.#reason = reason;
      throw reason;
    }
    for (const [sink, alerts] of this.#file.useSinks(this.#sinks)) {
      log.warn('alerts wait for a sink that is no longer configured, and are forgotten', {
        ...{ sink, alerts },
      });
    }
    onOpened();
    return this.#file;
  }
}
