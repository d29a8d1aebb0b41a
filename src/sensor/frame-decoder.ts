import type { RawRecord } from '#model/raw-event.js';
import { CommCache } from './comm-cache.ts';
import { DnsQuestions } from './dns-questions.ts';
import { type FrameBytes, readTimeMs } from './frame-bytes.ts';
import { FRAME_KIND, FRAME_PREFIX_BYTES, OFFSET } from './frame-layout.ts';
import { parseReadyFrame } from './frame-ready.ts';
import { decodeFrame } from './frame-records.ts';
import { isFrameStart, isSoundFrame } from './frame-shape.ts';
import { HttpExchanges } from './http-exchanges.ts';
import { judgeSkipped } from './program-surfaces.ts';
import { syscallNamesOf } from './syscall-names.ts';

/**
 * Turns the loader's bytes, cut into chunks anywhere, into records. Never throws: bytes that make
 * no sense become one `damaged` record, and the search goes on at the next place where a frame can
 * begin. Keeps at most one unfinished frame, {@link MAX_FRAME_BYTES} and a chunk.
 */
export class FrameDecoder {
  readonly #now: () => number;
  readonly #comms = new CommCache();
  readonly #exchanges = new HttpExchanges();
  readonly #questions = new DnsQuestions();
  readonly #syscallName = syscallNamesOf(process.arch);
  /** Chunks that end in an unfinished frame, and how many bytes are worth another look. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = FRAME_PREFIX_BYTES;
  #isSearching = false;
  /** Unknown until the ready frame, before which there can be no event. */
  #epochOffsetMs: number | undefined;

  /** @param now milliseconds since the Unix epoch; the time of `damaged` records */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** True once the loader has said that it is at work. */
  get isReady(): boolean {
    return this.#epochOffsetMs !== undefined;
  }

  /** Bytes of a frame that has not arrived whole. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * The records that are complete with this chunk. The chunk belongs to the decoder from now on: its
   * memory is given back as soon as it was read, and no record keeps any of its bytes.
   */
  push(chunk: Buffer): readonly RawRecord[] {
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) {
      this.#pending.push(chunk);
      return [];
    }
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([...this.#pending, chunk]);
    const records: RawRecord[] = [];
    const rest = Buffer.from(bytes.subarray(this.#decode(bytes, records)));
    for (const read of [...this.#pending, chunk]) giveBack(read);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingBytes = rest.length;
    return records;
  }

  /** Decodes what is whole and returns where the rest begins. */
  #decode(bytes: Buffer, records: RawRecord[]): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let frame = this.#frame(bytes, view);
    let at = 0;
    this.#neededBytes = FRAME_PREFIX_BYTES;
    while (bytes.length - at >= FRAME_PREFIX_BYTES) {
      if (!isFrameStart(view, at)) {
        if (!this.#isSearching) records.push(this.#damaged('no frame begins where one should'));
        this.#isSearching = true;
        at += 1;
        continue;
      }
      this.#isSearching = false;
      const size = view.getUint32(at, true);
      if (bytes.length - at < size) {
        this.#neededBytes = size;
        break;
      }
      if (view.getUint8(at + OFFSET.frame.kind) === FRAME_KIND.ready) {
        records.push(this.#decodeReady(frame, at));
        frame = this.#frame(bytes, view);
      } else {
        this.#decodeFrame(frame, at, records);
      }
      at += size;
    }
    return at;
  }

  #decodeFrame(frame: FrameBytes, at: number, records: RawRecord[]): void {
    if (this.#epochOffsetMs === undefined) {
      records.push(this.#damaged('a frame before the ready frame'));
    } else if (isSoundFrame(frame.view, at)) {
      decodeFrame(frame, at, records);
    } else {
      const kind = frame.view.getUint8(at + OFFSET.frame.kind);
      records.push(this.#damaged(`a frame of kind ${kind} has parts that do not fit together`));
    }
  }

  #decodeReady({ bytes, view }: FrameBytes, at: number): RawRecord {
    const json = bytes.toString('utf8', at + OFFSET.ready.json, at + view.getUint32(at, true));
    const ready = parseReadyFrame(json);
    if (!ready) return this.#damaged('the ready frame cannot be understood');
    const { kernel, programs, skipped, epochOffsetMs } = ready;
    this.#epochOffsetMs = epochOffsetMs;
    const timeMs = readTimeMs(this.#frame(bytes, view), at);
    const running = new Set(programs);
    const explained = skipped.map(({ program, reason }) => ({
      program,
      reason: `${reason}: ${judgeSkipped(program, running).meaning}`,
    }));
    return { type: 'ready', timeMs, kernel, programs, skipped: explained };
  }

  /** Before the ready frame its times mean nothing, and are not asked for. */
  #frame(bytes: Buffer, view: DataView): FrameBytes {
    return {
      bytes,
      view,
      epochOffsetMs: this.#epochOffsetMs ?? 0,
      comms: this.#comms,
      exchanges: this.#exchanges,
      questions: this.#questions,
      syscallName: this.#syscallName,
    };
  }

  #damaged(reason: string): RawRecord {
    return { type: 'damaged', timeMs: this.#now(), reason };
  }
}

/**
 * Frees the memory of a chunk now. Left to the garbage collector, which does not see how large chunks
 * are, some 60 MB of them pile up under load. Chunks that share their memory with others stay.
 */
function giveBack(chunk: Buffer): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length) buffer.transfer(0);
}
