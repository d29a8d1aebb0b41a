import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RawRecord } from '#model/raw-event.js';
import { settle } from '#runtime/virtual-clock.js';
import {
  ADAPTER_TOOLS,
  type AdapterTool,
  aJsonLinesSource,
  eventsOf,
  GivenChunks,
  recordsOf,
  sampleText,
} from '../testing/adapter-run.ts';
import type { LineInput } from './line-input.ts';
import { StreamInput } from './stream-input.ts';

const TOOLS = Object.keys(ADAPTER_TOOLS) as AdapterTool[];
const { signal } = new AbortController();

/** What the records say, whatever batches they came in. */
function told(records: readonly RawRecord[]) {
  const unwanted: Record<string, number> = {};
  for (const record of records) {
    if (record.type !== 'suppressed') continue;
    for (const [type, count] of Object.entries(record.unwanted)) {
      unwanted[type] = (unwanted[type] ?? 0) + count;
    }
  }
  return { rest: records.filter(({ type }) => type !== 'suppressed'), unwanted };
}

describe('lines as a source of events', () => {
  it('begin with what they can tell and end with how much it was', async () => {
    const records = await recordsOf('ig', [sampleText('ig')]);
    const [ready] = records;
    assert.ok(ready?.type === 'ready' && ready.programs.includes('ig dns'));
    assert.partialDeepStrictEqual(records.at(-1), { type: 'totals', emitted: 13, lost: 0 });
  });

  it('number events from 1 without gaps, each behind the record of its cgroup', async () => {
    const records = await recordsOf('tetragon', [sampleText('tetragon')]);
    const seqs = eventsOf(records).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      Array.from(seqs, (_seq, i) => i + 1),
    );
    const known = new Set<number>();
    for (const record of records) {
      if (record.type === 'cgroup') known.add(record.cgroupId);
      else if ('seq' in record) assert.ok(known.has(record.cgroupId));
    }
  });

  it('say the same in whatever pieces they come', async () => {
    for (const tool of TOOLS) {
      const bytes = Buffer.from(`${sampleText(tool)}é\n\n{"a":1}\n`);
      const whole = told(await recordsOf(tool, [bytes]));
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 40 }), async (cuts) => {
          const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
          assert.deepEqual(told(await recordsOf(tool, chunks)), whole);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('count what is no line of the tool, by its number and field', async () => {
    const text = '\n{"process_exec":{},"time":"2026-01-01T00:00:00Z"}\nhello\n[1]\n\u0000';
    const records = await recordsOf('tetragon', [text]);
    const reasons = records.flatMap((record) => (record.type === 'damaged' ? [record.reason] : []));
    assert.deepEqual(reasons, [
      'tetragon: line 2: field process_exec.process.pid: expected a whole number from 0 on, but it is missing',
      'tetragon: line 3: expected one JSON object',
      'tetragon: line 4: expected one JSON object',
      'tetragon: line 5: expected one JSON object',
    ]);
    assert.partialDeepStrictEqual(records.at(-1), { emitted: 4 });
  });

  it('drop a line that is too long and go on behind it', async () => {
    const [line = ''] = sampleText('ig').split('\n');
    const input = new GivenChunks(['x'.repeat(3_000), 'y'.repeat(9_000), `z\n${line}\n`]);
    const records: RawRecord[] = [];
    const source = aJsonLinesSource('ig', input, { maxLineBytes: 4_096 });
    await source.run({ onRecords: (batch) => records.push(...batch), signal });
    assert.deepEqual(
      records.map(({ type }) => type),
      ['ready', 'damaged', 'cgroup', 'exec', 'totals'],
    );
  });

  it('do not join what stands before a gap and what stands behind it', async () => {
    const [line = ''] = sampleText('ig').split('\n');
    const input: LineInput = {
      async read({ onOpen, onChunk, onGap }) {
        onOpen();
        onChunk(Buffer.from(line.slice(0, 100)));
        onGap('some of it is gone');
        onChunk(Buffer.from(`${line}\n`));
      },
    };
    const records: RawRecord[] = [];
    const source = aJsonLinesSource('ig', input);
    await source.run({ onRecords: (batch) => records.push(...batch), signal });
    const reasons = records.map((record) => ('reason' in record ? record.reason : record.type));
    assert.deepEqual(reasons.slice(1, -1), [
      'ig: line 1: expected one JSON object',
      'ig: some of it is gone',
      'cgroup',
      'exec',
    ]);
  });

  it('do not believe what JSON can do to objects', async () => {
    const line =
      '{"__proto__":{"pid":1},"pid":1,"args":"a","runtime":{"containerId":"constructor"}}\n';
    const [event] = eventsOf(await recordsOf('ig', [line]));
    assert.partialDeepStrictEqual(event, { type: 'exec', pid: 1 });
    const [damaged] = (await recordsOf('ig', ['{"constructor":1}\n'])).slice(1);
    assert.equal(damaged?.type, 'damaged');
  });

  it('pass on what the receiver throws', async () => {
    const source = aJsonLinesSource('ig', new GivenChunks(['{}\n']));
    const onRecords = () => {
      throw new RangeError('full');
    };
    await assert.rejects(source.run({ onRecords, signal }), RangeError);
  });
});

describe('lines from standard input', () => {
  it('come until the stream ends, which is the end of the source', async () => {
    const stream = new PassThrough();
    const source = aJsonLinesSource('ig', new StreamInput(stream));
    const records: RawRecord[] = [];
    const run = source.run({ onRecords: (batch) => records.push(...batch), signal });
    stream.end(sampleText('ig').split('\n')[0]);
    await assert.rejects(run, { code: 'unavailable', message: /standard input has ended/ });
    assert.equal(eventsOf(records).length, 1, 'also of a line without an end');
    await assert.rejects(source.run({ onRecords: () => {}, signal }), { code: 'unavailable' });
  });

  it('stop when they are told to, and say what came', async () => {
    const stop = new AbortController();
    const stream = new PassThrough();
    const records: RawRecord[] = [];
    const source = aJsonLinesSource('ig', new StreamInput(stream));
    const run = source.run({ onRecords: (batch) => records.push(...batch), signal: stop.signal });
    stream.write(`${sampleText('ig').split('\n')[0]}\n{"half":`);
    await settle();
    stop.abort();
    await run;
    assert.partialDeepStrictEqual(records.at(-1), { type: 'totals', emitted: 1 });
    assert.equal(stream.listenerCount('data'), 0);
  });
});
