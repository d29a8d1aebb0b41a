import type { Writable } from 'node:stream';
import { FIRST_MADE_UP_CGROUP_ID } from '#model/container.js';
import { EVENT_TYPES } from '#model/raw-event.js';
import type { SensorControl, SensorDemand } from '#model/sensor-control.js';
import { OPEN_PREFIX } from './frame-layout.ts';

/** More containers than a node runs, dead ones that nobody widened included. */
const MAX_NARROWED = 16_384;
/** From here on it is shorter to reopen all. */
const MAX_REOPENED = 1_024;

/**
 * What the loader is to be told, written to its standard input line by line: `types HEX`, `open-prefixes all` or
 * `open-prefixes N` and N lines with a path each, `narrow CGROUP 0|1`, `reopen CGROUP|all`.
 *
 * Keeps what holds and which of it the loader has not heard: while its input is full, later orders take the place of
 * earlier ones, so that memory is bounded, and a loader that is started again hears all of it. Never fails: beyond its
 * bounds, and for paths that no line can hold, it asks for more than was wanted.
 */
export class LoaderOrders implements SensorControl {
  #demandLines: string | undefined;
  #isDemandNew = false;
  readonly #narrowed = new Set<number>();
  /** Containers of which the loader believes the opposite. */
  #changed = new Set<number>();
  readonly #reopened = new Set<number>();
  #isAllReopened = false;
  #stream: Writable | undefined;
  #isFull = false;

  /** Tells everything that holds to a loader that was started, and from now on what changes. */
  attach(stream: Writable): void {
    this.#stream = stream;
    this.#isFull = false;
    this.#isDemandNew = this.#demandLines !== undefined;
    this.#changed = new Set(this.#narrowed);
    this.#forgetReopened();
    stream.on('drain', () => {
      if (stream !== this.#stream) return;
      this.#isFull = false;
      this.#flush();
    });
    this.#flush();
  }

  /** The loader is told nothing more. */
  detach(): void {
    this.#stream = undefined;
    this.#forgetReopened();
  }

  demand(demand: SensorDemand): void {
    const lines = demandLines(demand);
    if (lines === this.#demandLines) return;
    this.#demandLines = lines;
    this.#isDemandNew = true;
    this.#flush();
  }

  narrow(cgroupId: number, isNarrow: boolean): void {
    if (!isCgroupId(cgroupId) || this.#narrowed.has(cgroupId) === isNarrow) return;
    if (isNarrow && this.#narrowed.size >= MAX_NARROWED) return;
    if (isNarrow) this.#narrowed.add(cgroupId);
    else this.#narrowed.delete(cgroupId);
    if (this.#stream === undefined) return;
    // Back to what the loader believes, there is nothing to tell.
    if (!this.#changed.delete(cgroupId)) this.#changed.add(cgroupId);
    this.#flush();
  }

  reopen(cgroupId?: number): void {
    // A loader that is not there yet has told nothing.
    if (this.#stream === undefined) return;
    if (cgroupId !== undefined && !isCgroupId(cgroupId)) return;
    if (cgroupId === undefined || this.#reopened.size >= MAX_REOPENED) this.#isAllReopened = true;
    else this.#reopened.add(cgroupId);
    this.#flush();
  }

  #flush(): void {
    if (this.#stream === undefined || this.#isFull || !this.#stream.writable) return;
    const text = this.#takeLines();
    if (text !== '') this.#isFull = !this.#stream.write(text);
  }

  /** Demands and widths before what is told again, so that nothing is told that is not wanted any more. */
  #takeLines(): string {
    let text = this.#isDemandNew ? (this.#demandLines ?? '') : '';
    this.#isDemandNew = false;
    for (const cgroupId of this.#changed) {
      text += `narrow ${cgroupId} ${this.#narrowed.has(cgroupId) ? 1 : 0}\n`;
    }
    this.#changed.clear();
    if (this.#isAllReopened) text += 'reopen all\n';
    else for (const cgroupId of this.#reopened) text += `reopen ${cgroupId}\n`;
    this.#forgetReopened();
    return text;
  }

  #forgetReopened(): void {
    this.#reopened.clear();
    this.#isAllReopened = false;
  }
}

/** Other numbers are no cgroups of the kernel's: other sources made them up, or they would be no line. */
function isCgroupId(cgroupId: number): boolean {
  return Number.isSafeInteger(cgroupId) && cgroupId > 0 && cgroupId < FIRST_MADE_UP_CGROUP_ID;
}

function demandLines({ types, openPrefixes }: SensorDemand): string {
  let bits = 0;
  for (const [index, type] of EVENT_TYPES.entries()) if (types.has(type)) bits += 2 ** index;
  const paths = [...new Set(openPrefixes)];
  const isNarrow =
    openPrefixes !== undefined && paths.length <= OPEN_PREFIX.count && paths.every(isPrefix);
  const prefixes = isNarrow
    ? `${paths.length}\n${paths.map((path) => `${path}\n`).join('')}`
    : 'all\n';
  return `types ${bits.toString(16)}\nopen-prefixes ${prefixes}`;
}

/** Whether a line can hold it, and the kernel side compare with it. */
function isPrefix(path: string): boolean {
  if (!path.startsWith('/') || /[\n\0\ufffd]/.test(path) || !path.isWellFormed()) return false;
  return Buffer.byteLength(path) <= OPEN_PREFIX.bytes;
}
