import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExecEvent, OpenEvent } from '#model/raw-event.js';
import type { RecordingEntry } from './recording-entry.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';

const BASE = {
  seq: 1,
  timeMs: 1_000.25,
  cgroupId: 42,
  mountNs: 1,
  pid: 10,
  tid: 10,
  ppid: 1,
  uid: 0,
  gid: 0,
  comm: 'web',
  parentComm: 'init',
  setup: false,
};
const OPEN: OpenEvent = { ...BASE, type: 'open', path: '/etc/hosts', flags: 0, result: -13 };
const EXEC: ExecEvent = {
  ...BASE,
  type: 'exec',
  args: ['psql', '--password=hunter2'],
  argsTruncated: false,
  file: 'psql',
  exePath: '/bin/psql',
  cwd: '/',
  upperLayer: false,
  parentUpperLayer: false,
};
const HEADER = '{"type":"recording","version":1,"agentVersion":"0.1.0","timeMs":5}';

describe('recordings', () => {
  let folder: string;
  let files = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-recording-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const path = () => join(folder, `${files++}.ndjson`);
  const written = (...lines: string[]) => {
    const file = path();
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  async function read(file: string) {
    const reader = new RecordingReader(file);
    const entries: RecordingEntry[] = [];
    for await (const entry of reader.entries()) entries.push(entry);
    return { reader, entries };
  }
  async function record(...entries: RecordingEntry[]) {
    const file = path();
    const writer = await RecordingWriter.create(file, { agentVersion: '0.1.0', now: () => 5 });
    for (const entry of entries) writer.write(entry);
    await writer.close();
    return file;
  }

  it('read back what was written', async () => {
    const lost = { type: 'lost', timeMs: 7, count: 3 } as const;
    const removed = {
      type: 'container-removed',
      timeMs: 8,
      containerId: 'c1',
      exitCode: 0,
    } as const;
    const damaged = { type: 'damaged', timeMs: 8, reason: 'a died', isBlind: true } as const;
    const { reader, entries } = await read(await record(OPEN, lost, damaged, removed));
    assert.deepEqual(entries, [OPEN, lost, damaged, removed]);
    assert.deepEqual(reader.problems, []);
    assert.equal(reader.header?.timeMs, 5);
  });

  it('hold no secrets of arguments, and are readable for their owner only', async () => {
    const file = await record(EXEC);
    assert.ok(!readFileSync(file, 'utf8').includes('hunter2'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('hold no secrets of HTTP requests', async () => {
    const file = await record({
      ...{ ...BASE, type: 'http', direction: 'inbound', internal: true, method: 'GET' },
      ...{ url: '/login?password=hunter2', host: 'shop', address: '10.0.0.9', port: 80 },
      ...{ headers: { Authorization: ['Basic hunter2'], Accept: ['*/*'] }, sourcePort: 4_000 },
    });
    const written = readFileSync(file, 'utf8');
    assert.ok(!written.includes('hunter2'));
    assert.ok(written.includes('/login?password=') && written.includes('*/*'));
  });

  it('are never overwritten', async () => {
    const file = await record();
    await assert.rejects(RecordingWriter.create(file, { agentVersion: '0.1.0', now: () => 5 }), {
      code: 'invalid',
      message: /exists already/,
    });
  });

  it('leave no file when they are given up', async () => {
    const file = path();
    const writer = await RecordingWriter.create(file, { agentVersion: '0.1.0', now: () => 5 });
    await writer.discard();
    assert.equal(existsSync(file), false);
  });

  it('name damaged lines by number and field, and use the rest', async () => {
    const line = JSON.stringify(OPEN);
    const file = written(
      HEADER,
      line,
      '{"type":"open","timeMs":',
      JSON.stringify({ ...OPEN, pid: 'ten' }),
      JSON.stringify({ type: 'sneeze', timeMs: 1 }),
      line,
      '{"type":"end","timeMs":9,"entries":5}',
    );
    const { reader, entries } = await read(file);
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['open', 'damaged', 'damaged', 'damaged', 'open'],
    );
    assert.equal(reader.damagedLines, 3);
    assert.deepEqual(
      reader.problems.map(({ line: number }) => number),
      [3, 4, 5],
    );
    assert.equal(reader.problems[0]?.problem, 'not JSON');
    assert.match(reader.problems[1]?.problem ?? '', /^field pid: /);
  });

  it('say that they were cut short', async () => {
    const { reader, entries } = await read(written(HEADER, JSON.stringify(OPEN), '{"type":"op'));
    assert.equal(entries.length, 2);
    assert.match(reader.problems.at(-1)?.problem ?? '', /stops after line 3 without its last line/);
  });

  it('say when lines are missing', async () => {
    const { reader } = await read(
      written(HEADER, JSON.stringify(OPEN), '{"type":"end","timeMs":9,"entries":2}'),
    );
    assert.match(reader.problems[0]?.problem ?? '', /promises 2 entries, but 1 stand before it/);
  });

  for (const [what, lines, code, message] of [
    ['an empty file', [''], 'invalid', /is empty/],
    [
      'another version',
      ['{"type":"recording","version":99,"agentVersion":"9","timeMs":5}'],
      'invalid',
      /has version 99; this release reads version 1/,
    ],
    [
      'a file that is no recording',
      ['hello'],
      'invalid',
      /line 1: not JSON; expected a first line like/,
    ],
  ] as const) {
    it(`refuse ${what}`, async () => {
      await assert.rejects(read(written(...lines)), { code, message });
    });
  }

  it('refuse a file that does not exist', async () => {
    await assert.rejects(read(join(folder, 'none')), { code: 'not-found' });
  });

  it('survive any damage: each line gives one entry, and no line throws', async () => {
    const lines = fc.array(
      fc.oneof(
        fc.constant(JSON.stringify(OPEN)),
        fc.string().filter((text) => !/[\r\n]/.test(text) && text !== ''),
        fc.json(),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(lines, async (body) => {
        const { entries } = await read(written(HEADER, ...body));
        assert.equal(entries.length, body.filter((line) => line !== '').length);
      }),
      { numRuns: 50 },
    );
  });
});
