import type { RawRecord } from '#model/raw-event.js';
import { CommCache } from './comm-cache.ts';
import {
  decodeExec,
  decodeExit,
  decodeFork,
  decodeOpen,
  type FrameBytes,
  readTimeMs,
  readUint64,
} from './frame-events.ts';
import {
  EVENT_TYPE_COUNT,
  FRAME_KIND,
  FRAME_MAGIC,
  FRAME_PREFIX_BYTES,
  MAX_FRAME_BYTES,
  MIN_FRAME_BYTES,
  OFFSET,
} from './frame-layout.ts';
import { parseReadyFrame } from './frame-ready.ts';

/**
 * Turns the loader's bytes, cut into chunks anywhere, into records. Never throws: bytes that make
 * no sense become one `damaged` record, and the search goes on at the next place where a frame can
 * begin. Keeps at most one unfinished frame, {@link MAX_FRAME_BYTES} and a chunk.
 */
export class FrameDecoder {
  readonly #now: () => number;
  readonly #comms = new CommCache();
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
      records.push(this.#decodeFrame(bytes, view, at));
      at += size;
    }
    return at;
  }

  #decodeFrame(bytes: Buffer, view: DataView, at: number): RawRecord {
    const kind = view.getUint8(at + OFFSET.frame.kind);
    if (kind === FRAME_KIND.ready) return this.#decodeReady(bytes, view, at);
    if (this.#epochOffsetMs === undefined) return this.#damaged('a frame before the ready frame');
    if (!hasRightSize(view, at, kind)) {
      return this.#damaged(`a frame of kind ${kind} has parts that do not add up to its size`);
    }
    return decodeRecord(this.#frame(bytes, view, this.#epochOffsetMs), at, kind);
  }

  #decodeReady(bytes: Buffer, view: DataView, at: number): RawRecord {
    const json = bytes.toString('utf8', at + OFFSET.ready.json, at + view.getUint32(at, true));
    const ready = parseReadyFrame(json);
    if (!ready) return this.#damaged('the ready frame cannot be understood');
    const { kernel, programs, skipped, epochOffsetMs } = ready;
    this.#epochOffsetMs = epochOffsetMs;
    const timeMs = readTimeMs(this.#frame(bytes, view, epochOffsetMs), at);
    return { type: 'ready', timeMs, kernel, programs, skipped };
  }

  #frame(bytes: Buffer, view: DataView, epochOffsetMs: number): FrameBytes {
    return { bytes, view, epochOffsetMs, comms: this.#comms };
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

function isFrameStart(view: DataView, at: number): boolean {
  if (view.getUint16(at + OFFSET.frame.magic, true) !== FRAME_MAGIC) return false;
  const size = view.getUint32(at, true);
  const smallest = MIN_FRAME_BYTES[view.getUint8(at + OFFSET.frame.kind)] ?? 0;
  return smallest > 0 && size >= smallest && size <= MAX_FRAME_BYTES;
}

/** Whether the parts of variable length fill the frame exactly, so that none reaches beyond it. */
function hasRightSize(view: DataView, at: number, kind: number): boolean {
  const size = view.getUint32(at, true);
  return size === (MIN_FRAME_BYTES[kind] ?? 0) + variableBytes(view, at, kind);
}

function variableBytes(view: DataView, at: number, kind: number): number {
  const part = (offset: number) => view.getUint16(at + offset, true);
  switch (kind) {
    case FRAME_KIND.open:
      return part(OFFSET.open.baseSize) + part(OFFSET.open.pathSize);
    case FRAME_KIND.exec:
      return (
        part(OFFSET.exec.argsSize) +
        part(OFFSET.exec.fileSize) +
        part(OFFSET.exec.exeSize) +
        part(OFFSET.exec.cwdSize)
      );
    case FRAME_KIND.cgroup:
      return part(OFFSET.cgroup.nameSize) + part(OFFSET.cgroup.parentSize);
    default:
      return 0;
  }
}

/** The kind is one of those that {@link isFrameStart} lets through, and not `ready`. */
function decodeRecord(frame: FrameBytes, at: number, kind: number): RawRecord {
  switch (kind) {
    case FRAME_KIND.open:
      return decodeOpen(frame, at);
    case FRAME_KIND.exec:
      return decodeExec(frame, at);
    case FRAME_KIND.fork:
      return decodeFork(frame, at);
    case FRAME_KIND.exit:
      return decodeExit(frame, at);
    case FRAME_KIND.cgroup:
      return decodeCgroup(frame, at);
    case FRAME_KIND.lost: {
      const count = sumCounts(frame.view, at + OFFSET.lost.counts);
      return { type: 'lost', timeMs: readTimeMs(frame, at), count };
    }
    default: {
      const emitted = sumCounts(frame.view, at + OFFSET.totals.emitted);
      const lost = sumCounts(frame.view, at + OFFSET.totals.lost);
      return { type: 'totals', timeMs: readTimeMs(frame, at), emitted, lost };
    }
  }
}

function decodeCgroup(frame: FrameBytes, at: number): RawRecord {
  const { bytes, view } = frame;
  const nameAt = at + OFFSET.cgroup.name;
  const parentAt = nameAt + view.getUint16(at + OFFSET.cgroup.nameSize, true);
  const end = parentAt + view.getUint16(at + OFFSET.cgroup.parentSize, true);
  return {
    type: 'cgroup',
    timeMs: readTimeMs(frame, at),
    cgroupId: readUint64(view, at + OFFSET.cgroup.cgroupId),
    name: bytes.toString('utf8', nameAt, parentAt),
    parentName: bytes.toString('utf8', parentAt, end),
  };
}

function sumCounts(view: DataView, at: number): number {
  let sum = 0;
  for (let type = 0; type < EVENT_TYPE_COUNT; type += 1) sum += readUint64(view, at + 8 * type);
  return sum;
}
