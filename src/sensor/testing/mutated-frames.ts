import { EVENT_TYPES, type RawEvent, type RawRecord } from '#model/raw-event.js';
import { FrameDecoder } from '../frame-decoder.ts';
import { FRAME_KIND, MAX_FRAME_BYTES, OFFSET } from '../frame-layout.ts';
import {
  aRawEvent,
  encodeCgroup,
  encodeEvent,
  encodeLost,
  encodeReady,
  encodeSuppressed,
  encodeTotals,
} from './encoded-frames.ts';

/** Whole numbers from 0 to below a limit, the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A sound frame of every kind but ready, each event in some forms. */
export function soundFrames(): readonly Buffer[] {
  const events = EVENT_TYPES.map((type) => encodeEvent(aRawEvent<RawEvent>({ type })));
  const forms: readonly RawEvent[] = [
    aRawEvent({ type: 'dns', isAnswer: true, addresses: ['10.1.2.3', 'fd00::1'], ttlSeconds: 5 }),
    aRawEvent({ type: 'dns', protocol: 'TCP' }),
    aRawEvent({ type: 'http', answerStatus: 200 }),
    aRawEvent({ type: 'http', direction: 'inbound', body: 'a=1' }),
    aRawEvent({ type: 'network', address: '2001:db8::1', direction: 'inbound' }),
  ];
  return [
    ...events,
    ...forms.map((event) => encodeEvent(event)),
    encodeEvent(aRawEvent({ type: 'open', result: -2, path: 'a/../b' }), '/srv'),
    encodeEvent(aRawEvent({ type: 'hardlink', newPath: 'x' }), '/srv'),
    encodeCgroup({ cgroupId: 7, name: 'a'.repeat(64), parentName: 'pod' }),
    encodeLost([{ count: 3, cgroupId: 7, reason: 'share' }]),
    encodeSuppressed({ duplicates: { open: 5 }, unwanted: { http: 1 } }),
    encodeTotals({ exec: 1 }, { open: 2 }),
  ];
}

const INTERESTING = [0, 1, 0x10, 0x23, 0x35, 0x7f, 0x80, 0xc0, 0xff];

/** A copy of the frame with up to eight bytes from `from` on changed. */
export function mutate(frame: Buffer, from: number, random: (limit: number) => number): Buffer {
  const mutated = Buffer.from(frame);
  if (mutated.length <= from) return mutated;
  for (let changes = 1 + random(8); changes > 0; changes -= 1) {
    const at = from + random(mutated.length - from);
    mutated[at] = random(2) === 0 ? random(256) : (INTERESTING[random(INTERESTING.length)] ?? 0);
  }
  return mutated;
}

/** What became of mutated frames. */
export interface FuzzCount {
  readonly frames: number;
  readonly records: number;
  readonly damaged: number;
}

/** Where size, magic and kind end, which say how long a frame is. */
const HEAD_END = OFFSET.frame.flags;
/** A frame that none of the others can be taken for. */
const MARK = { type: 'cgroup', cgroupId: 424_242, name: 'mark', parentName: 'mark' } as const;
/** More bytes of marks than any frame can swallow. */
const MARKS = Buffer.concat(
  Array.from({ length: Math.ceil((2 * MAX_FRAME_BYTES) / encodeCgroup(MARK).length) }, () =>
    encodeCgroup(MARK),
  ),
);
/** How often frames are mutated that say wrongly how long they are. */
const HEADS_EVERY = 64;

/**
 * Has mutated frames decoded and throws when one is not accounted for: a frame whose head was left alone is one
 * record, its own or a damaged one (a lost frame is at most two an entry); behind any bytes at all whole frames are
 * found again within the size of the largest frame; and no more than that is ever kept.
 */
export function fuzzFrames(count: number, seed: number): FuzzCount {
  const random = numbersFrom(seed);
  const frames = soundFrames();
  const decoder = new FrameDecoder(() => 0);
  decoder.push(encodeReady());
  let records = 0;
  let damaged = 0;
  const keep = (found: readonly RawRecord[]) => {
    records += found.length;
    for (const { type } of found) if (type === 'damaged') damaged += 1;
  };
  for (let index = 0; index < count; index += 1) {
    const frame = frames[random(frames.length)] ?? MARKS;
    const isHeadKept = index % HEADS_EVERY !== 0;
    const mutated = mutate(frame, isHeadKept ? HEAD_END : 0, random);
    const found = isHeadKept
      ? checkedBody(decoder, mutated, random)
      : checkedHead(decoder, mutated, random);
    keep(found);
  }
  return { frames: count, records, damaged };
}

function checkedBody(
  decoder: FrameDecoder,
  frame: Buffer,
  random: (limit: number) => number,
): readonly RawRecord[] {
  const found = pushInPieces(decoder, frame, random);
  const isLost = found.length === 0 || found.every(({ type }) => type === 'lost');
  const isAccounted = found.length === 1 || (isLost && found.length <= 2);
  if (!isAccounted || decoder.pendingBytes > 0) {
    throw new Error(`${found.length} records of the frame ${frame.toString('hex')}`);
  }
  return found;
}

function checkedHead(
  decoder: FrameDecoder,
  frame: Buffer,
  random: (limit: number) => number,
): readonly RawRecord[] {
  const found = [...pushInPieces(decoder, frame, random), ...decoder.push(Buffer.from(MARKS))];
  const last = found.at(-1);
  if (last?.type !== 'cgroup' || last.cgroupId !== MARK.cgroupId || decoder.pendingBytes > 0) {
    throw new Error(`lost the place behind the frame ${frame.toString('hex')}`);
  }
  const own = found.filter((record) => record.type !== 'cgroup' || record.name !== MARK.name);
  // Only a lost frame can have nothing to tell.
  if (own.length === 0 && frame[OFFSET.frame.kind] !== FRAME_KIND.lost) {
    throw new Error(`no record of the frame ${frame.toString('hex')}`);
  }
  return own;
}

function pushInPieces(
  decoder: FrameDecoder,
  bytes: Buffer,
  random: (limit: number) => number,
): readonly RawRecord[] {
  if (random(8) > 0) return decoder.push(Buffer.from(bytes));
  const cut = random(bytes.length);
  const first = decoder.push(Buffer.from(bytes.subarray(0, cut)));
  if (decoder.pendingBytes > MAX_FRAME_BYTES) throw new Error('too much is kept');
  return [...first, ...decoder.push(Buffer.from(bytes.subarray(cut)))];
}
