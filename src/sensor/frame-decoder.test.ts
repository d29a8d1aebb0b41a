import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  EVENT_TYPES,
  type ExecEvent,
  type ExitEvent,
  type ForkEvent,
  type OpenEvent,
  type RawEvent,
  type RawRecord,
} from '#model/raw-event.js';
import { FrameDecoder } from './frame-decoder.ts';
import { FRAME_KIND, MAX_FRAME_BYTES, OFFSET } from './frame-layout.ts';
import { BOOT_EPOCH_MS } from './testing/encoded-bodies.ts';
import {
  aRawEvent,
  encodeCgroup,
  encodeEvent,
  encodeLost,
  encodeReady,
  encodeSuppressed,
  encodeTotals,
} from './testing/encoded-frames.ts';

const NOW_MS = BOOT_EPOCH_MS + 9_000;

const exec = aRawEvent<ExecEvent>({ type: 'exec', seq: 1, upperLayer: true });
const failedOpen = aRawEvent<OpenEvent>({ type: 'open', seq: 2, result: -13, flags: 0o101 });
const fork = aRawEvent<ForkEvent>({ type: 'fork', seq: 3, childPid: 77, setup: true });
const exit = aRawEvent<ExitEvent>({ type: 'exit', seq: 4, exitCode: 137, signal: 9, tid: 103 });
/** One of each type, those above among them. */
const events: readonly RawEvent[] = EVENT_TYPES.map(
  (type, index) =>
    [exec, failedOpen, fork, exit].find((event) => event.type === type) ??
    aRawEvent<RawEvent>({ type, seq: index + 1 }),
);
const cgroup = { cgroupId: 4242, name: 'a'.repeat(64), parentName: 'pod7' };
const suppressed = { duplicates: { open: 7, setns: 1 }, unwanted: { http: 2 ** 40 } };

const everyKind = Buffer.concat([
  encodeReady(),
  encodeCgroup(cgroup),
  ...events.map((event) => encodeEvent(event)),
  encodeLost([
    { count: 5 },
    { count: 1, cgroupId: 4242 },
    { count: 3, cgroupId: 4242, reason: 'share' },
  ]),
  encodeSuppressed(suppressed),
  encodeTotals({ exec: 1, open: 7, fork: 2, setns: 1 }, { open: 5, exit: 4 }),
]);

describe('FrameDecoder', () => {
  it('decodes every kind of frame', () => {
    const [ready, group, ...rest] = decodeAll([everyKind]);
    const timeMs = BOOT_EPOCH_MS + 5_000;
    assert.deepEqual(ready, {
      type: 'ready',
      timeMs,
      kernel: '6.18.44',
      programs: ['process_exec'],
      skipped: [],
    });
    assert.deepEqual(group, { type: 'cgroup', timeMs, ...cgroup });
    assert.deepEqual(rest, [
      ...events,
      { type: 'lost', timeMs, count: 5 },
      { type: 'lost', timeMs, count: 1, cgroupId: 4242 },
      { type: 'lost', timeMs, count: 3, cgroupId: 4242, reason: 'share' },
      { type: 'suppressed', timeMs, ...suppressed },
      { type: 'totals', timeMs, emitted: 11, lost: 9 },
    ]);
  });

  it('gives the same records wherever the bytes are cut in two', () => {
    const whole = decodeAll([everyKind]);
    for (let cut = 0; cut <= everyKind.length; cut += 1) {
      const halves = [everyKind.subarray(0, cut), everyKind.subarray(cut)];
      assert.deepEqual(decodeAll(halves), whole, `cut at ${cut}`);
    }
  });

  it('gives the same records for any chunks, damage included', () => {
    const bytes = fc
      .array(fc.oneof(fc.constantFrom(...pieces()), fc.uint8Array({ maxLength: 40 })), {
        maxLength: 20,
      })
      .map((parts) => Buffer.concat([encodeReady(), ...parts]));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { minLength: 1 }), (all, sizes) => {
        assert.deepEqual(decodeAll(chunks(all, sizes)), decodeAll([all]));
      }),
    );
  });

  it('never throws and stays bounded on random bytes with frame starts in them', () => {
    const start = fc.tuple(fc.nat(MAX_FRAME_BYTES + 100), fc.nat(40)).map(([size, kind]) => {
      const bytes = Buffer.from([0, 0, 0, 0, 0x48, 0x57, kind, 0xff]);
      bytes.writeUInt32LE(size);
      return bytes;
    });
    const garbage = fc.array(fc.oneof(start, fc.uint8Array({ maxLength: 3_000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(garbage, fc.boolean(), (parts, isReadyFirst) => {
        const decoder = new FrameDecoder(() => NOW_MS);
        if (isReadyFirst) decoder.push(encodeReady());
        for (const part of parts) {
          decoder.push(Buffer.from(part));
          assert.ok(decoder.pendingBytes <= MAX_FRAME_BYTES);
        }
      }),
    );
  });

  it('reports one damaged record for bytes that are no frame, and goes on behind them', () => {
    const garbage = Buffer.from('this is not a frame, nor is this HW');
    const records = decodeAll([Buffer.concat([encodeReady(), garbage, encodeEvent(exec)])]);
    assert.deepEqual(records.slice(1), [
      { type: 'damaged', timeMs: NOW_MS, reason: 'no frame begins where one should' },
      exec,
    ]);
  });

  it('reports a frame whose parts reach beyond it, and goes on behind it', () => {
    const broken = encodeEvent(failedOpen);
    broken.writeUInt16LE(60_000, OFFSET.open.pathSize);
    const records = decodeAll([Buffer.concat([encodeReady(), broken, encodeEvent(fork)])]);
    assert.deepEqual(
      records.map(({ type }) => type),
      ['ready', 'damaged', 'fork'],
    );
  });

  it('takes a size beyond the largest frame for damage instead of waiting for it', () => {
    const huge = encodeEvent(exec);
    huge.writeUInt32LE(0x7fffffff, OFFSET.frame.size);
    const records = decodeAll([Buffer.concat([encodeReady(), huge, encodeEvent(fork)])]);
    assert.deepEqual(
      records.map(({ type }) => type),
      ['ready', 'damaged', 'fork'],
    );
  });

  it('takes no event before the ready frame, whose clock it needs', () => {
    const decoder = new FrameDecoder(() => NOW_MS);
    const records = decoder.push(encodeEvent(exec));
    assert.deepEqual(records, [
      { type: 'damaged', timeMs: NOW_MS, reason: 'a frame before the ready frame' },
    ]);
    assert.equal(decoder.isReady, false);
    decoder.push(encodeReady());
    assert.equal(decoder.isReady, true);
  });

  it('says what is missed without the programs that were skipped', () => {
    const skipped = [{ program: 'sys_bpf', reason: 'it was refused' }];
    const [ready] = decodeAll([encodeReady({ skipped })]);
    assert.deepEqual(ready?.type === 'ready' && ready.skipped, [
      { program: 'sys_bpf', reason: 'it was refused: no bpf events are told' },
    ]);
  });

  it('reports a ready frame that it cannot understand', () => {
    const noOffset = encodeReady();
    const at = noOffset.indexOf('epochOffsetNs');
    noOffset.write('x', at);
    const [record] = decodeAll([noOffset]);
    assert.equal(record?.type, 'damaged');
  });

  it('keeps the time to less than a microsecond', () => {
    const timeMs = 1_700_000_005_123.456_8;
    const [, event] = decodeAll([Buffer.concat([encodeReady(), encodeEvent({ ...fork, timeMs })])]);
    assert.ok(event && Math.abs(event.timeMs - timeMs) < 0.001);
  });

  it('keeps numbers of 64 bits up to 2^53', () => {
    const big = { ...fork, seq: Number.MAX_SAFE_INTEGER, cgroupId: 2 ** 40 + 3 };
    assert.deepEqual(decodeAll([encodeReady(), encodeEvent(big)])[1], big);
  });
});

describe('an open that the kernel gave no path for', () => {
  const pathOf = (base: string, given: string) => {
    const event = { ...failedOpen, path: given };
    const [, open] = decodeAll([encodeReady(), encodeEvent(event, base)]);
    return open?.type === 'open' ? open.path : undefined;
  };

  it('starts from the directory that the name was relative to', () => {
    assert.equal(pathOf('/srv/app', 'conf/x.yaml'), '/srv/app/conf/x.yaml');
    assert.equal(pathOf('/', 'x'), '/x');
    assert.equal(pathOf('/srv', ''), '/srv');
  });

  it('is the name itself, spelled simply, when that is absolute', () => {
    assert.equal(pathOf('/', '/etc/../root//./.ssh/'), '/root/.ssh');
    assert.equal(pathOf('/', '/'), '/');
  });
});

describe('arguments of an exec', () => {
  const argsOf = (args: readonly string[]) => {
    const [, event] = decodeAll([encodeReady(), encodeEvent({ ...exec, args })]);
    return event?.type === 'exec' ? event.args : undefined;
  };

  it('keep empty ones, spaces and line breaks', () => {
    for (const args of [[], [''], ['a', '', 'b c\n', ''], ['é', '日本']]) {
      assert.deepEqual(argsOf(args), args);
    }
  });

  it('replace what is not UTF-8', () => {
    const bytes = encodeEvent({ ...exec, args: ['ab'] });
    bytes[OFFSET.exec.args] = 0xff;
    const [, event] = decodeAll([encodeReady(), bytes]);
    assert.deepEqual(event?.type === 'exec' && event.args, ['\ufffdb']);
  });

  it('keep the last one when it was cut', () => {
    const whole = encodeEvent({ ...exec, args: ['abc'], file: '' });
    const cut = Buffer.concat([
      whole.subarray(0, OFFSET.exec.args + 3),
      whole.subarray(OFFSET.exec.args + 4),
    ]);
    cut.writeUInt32LE(cut.length, OFFSET.frame.size);
    cut.writeUInt16LE(3, OFFSET.exec.argsSize);
    const [, event] = decodeAll([encodeReady(), cut]);
    assert.deepEqual(event?.type === 'exec' && event.args, ['abc']);
  });
});

describe('a decoded event', () => {
  it('is a plain object, which JSON gives back', () => {
    const decoder = new FrameDecoder(() => NOW_MS);
    decoder.push(encodeReady());
    for (const event of events) {
      const [decoded] = decoder.push(encodeEvent(event));
      assert.deepEqual(decoded, event);
      assert.deepEqual(JSON.parse(JSON.stringify(decoded)), event);
    }
  });

  it('keeps its texts when the memory of its chunk is given back', () => {
    const decoder = new FrameDecoder(() => NOW_MS);
    decoder.push(encodeReady());
    const frame = encodeEvent(exec);
    const chunk = Buffer.from(new ArrayBuffer(frame.length));
    frame.copy(chunk);
    const [event] = decoder.push(chunk);
    assert.equal(chunk.length, 0, 'the chunk is gone');
    assert.deepEqual(event, exec);
  });

  it('tells thread names apart that share a slot of the cache', () => {
    const decoder = new FrameDecoder(() => NOW_MS);
    decoder.push(encodeReady());
    const names = Array.from({ length: 2_000 }, (_, index) => `worker-${index}`);
    for (const comm of [...names, ...names]) {
      const [event] = decoder.push(encodeEvent({ ...exec, comm }));
      assert.equal(event?.type === 'exec' && event.comm, comm);
    }
  });
});

/** Every record of the chunks. */
function decodeAll(parts: readonly Buffer[]): RawRecord[] {
  const decoder = new FrameDecoder(() => NOW_MS);
  return parts.flatMap((part) => decoder.push(Buffer.from(part)));
}

function pieces(): Buffer[] {
  return [
    ...events.map((event) => encodeEvent(event)),
    encodeCgroup(cgroup),
    encodeLost([{ count: 10 }]),
    encodeLost([]),
    encodeEvent(exec).subarray(0, 50),
    Buffer.from([FRAME_KIND.exec, 0x48, 0x57]),
  ];
}

function chunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const result: Buffer[] = [];
  let turn = 0;
  for (let at = 0; at < bytes.length; turn += 1) {
    // Every third chunk at least makes progress, so that a list of zeroes ends too.
    const size = (sizes[turn % sizes.length] ?? 0) + (turn % 3 === 0 ? 1 : 0);
    result.push(bytes.subarray(at, at + size));
    at += size;
  }
  return result;
}
