import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EVENT_TYPES } from '#model/raw-event.js';
import type { RecordingEntry } from './recording-entry.ts';
import { RecordingReader } from './recording-reader.ts';
import { parseLine } from './recording-schema.ts';
import { RecordingWriter } from './recording-writer.ts';

const SHIPPED = fileURLToPath(
  new URL('../../examples/recordings/all-surfaces.ndjson', import.meta.url),
);

const START_MS = 1_795_600_000_000;

async function entriesOf(path: string) {
  const reader = new RecordingReader(path);
  const entries: RecordingEntry[] = [];
  for await (const entry of reader.entries()) entries.push(entry);
  return { entries, problems: reader.problems };
}

/** The first line of a kind in the shipped recording. */
function lineOf(type: string): Record<string, unknown> {
  const found = readFileSync(SHIPPED, 'utf8')
    .split('\n')
    .find((line) => line.includes(`"type":"${type}"`));
  return JSON.parse(found ?? assert.fail(`no ${type}`));
}

describe('the recording of every kind of event', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-surfaces-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has every kind, and is read without a problem', async () => {
    const { entries, problems } = await entriesOf(SHIPPED);
    assert.deepEqual(problems, []);
    const types = new Set<string>(entries.map(({ type }) => type));
    assert.deepEqual(
      EVENT_TYPES.filter((type) => !types.has(type)),
      [],
    );
  });

  it('comes back field by field when it is written again', async () => {
    const { entries } = await entriesOf(SHIPPED);
    const copy = join(folder, 'copy.ndjson');
    const writer = await RecordingWriter.create(copy, { agentVersion: '0', now: () => START_MS });
    for (const entry of entries) writer.write(entry);
    await writer.close();
    assert.deepEqual((await entriesOf(copy)).entries, entries);
    const lines = readFileSync(SHIPPED, 'utf8').trimEnd().split('\n').slice(1, -1);
    assert.deepEqual(
      entries,
      lines.map((line) => JSON.parse(line)),
    );
  });

  it('says of what is optional nothing when nothing was told', async () => {
    const optional = ['processStartMs', 'childStartMs', 'ttlSeconds', 'answerStatus', 'names'];
    const ofOne = ['request', 'targetPid', 'tty', 'envNames', 'callStack', 'peer'];
    for (const type of EVENT_TYPES) {
      const line = lineOf(type);
      for (const field of [...optional, ...ofOne]) delete line[field];
      if (type === 'unshare') delete line['flags'];
      const parsed = parseLine(JSON.stringify(line));
      assert.deepEqual(parsed, { value: line });
    }
  });

  it('keeps whose events were lost, and why', () => {
    for (const lost of [
      { type: 'lost', timeMs: START_MS, count: 3 },
      { type: 'lost', timeMs: START_MS, count: 3, cgroupId: 7_001 },
      { type: 'lost', timeMs: START_MS, count: 3, cgroupId: 7_001, reason: 'share' },
    ]) {
      assert.deepEqual(parseLine(JSON.stringify(lost)), { value: lost });
    }
    const wrong = { type: 'lost', timeMs: START_MS, count: 3, reason: 'full' };
    assert.ok('problem' in parseLine(JSON.stringify(wrong)));
  });

  it('holds no secret of a request or of what is mounted', async () => {
    const secret = 'hunter2hunter2';
    const common = { seq: 1, timeMs: START_MS, cgroupId: 1, mountNs: 1, pid: 1, tid: 1, ppid: 0 };
    const base = { ...common, uid: 0, gid: 0, comm: 'a', parentComm: 'b', setup: false };
    const path = join(folder, 'secrets.ndjson');
    const writer = await RecordingWriter.create(path, { agentVersion: '0', now: () => START_MS });
    writer.write({
      ...base,
      ...{ type: 'http', direction: 'outbound', internal: false, method: 'POST', host: 'shop' },
      ...{ url: `/login?token=${secret}&page=2`, address: '10.0.0.9', port: 80, sourcePort: 1 },
      headers: { Authorization: [`Bearer ${secret}`], Accept: ['*/*'] },
      body: `{"user":"anna","password":"${secret}"}`,
    });
    writer.write({
      ...base,
      ...{ type: 'mount', source: `//anna:${secret}@nas/share`, target: '/mnt' },
      ...{ filesystem: 'cifs', flags: 0, exePath: '/bin/mount', upperLayer: false },
    });
    await writer.close();
    const text = readFileSync(path, 'utf8');
    assert.equal(text.includes(secret), false);
    assert.equal(text.match(/anna/g)?.length, 2);
    assert.match(text, /page=2/);
    assert.deepEqual((await entriesOf(path)).problems, []);
  });

  it('keeps what an API server told of a workload', () => {
    const line = lineOf('container-added');
    const workload = { kind: 'Deployment', name: 'web', uid: 'u', matchLabels: { app: 'web' } };
    const container = { ...(line['container'] as object), workload };
    const parsed = parseLine(JSON.stringify({ ...line, container }));
    assert.ok('value' in parsed);
    assert.deepEqual(parsed.value, { ...line, container });
  });

  for (const [type, changes, field] of [
    ['network', { address: 'example.com' }, 'address'],
    ['network', { address: '*' }, 'address'],
    ['network', { port: 65_536 }, 'port'],
    ['network', { direction: 'up' }, 'direction'],
    ['network', { peer: { kind: 'node', namespace: 'a', name: 'b' } }, 'peer.kind'],
    ['network', { names: [7] }, 'names.0'],
    ['dns', { addresses: ['10.0.0.1', 'none'] }, 'addresses.1'],
    ['dns', { ttlSeconds: -1 }, 'ttlSeconds'],
    ['http', { answerStatus: '200' }, 'answerStatus'],
    ['http', { headers: { Host: 'shop' } }, 'headers.Host'],
    ['http', { url: 'x'.repeat(20_000) }, 'url'],
    ['capabilities', { capability: 'X'.repeat(300) }, 'capability'],
    ['syscall', { syscall: undefined }, 'syscall'],
    ['symlink', { newPath: 7 }, 'newPath'],
    ['iouring', { opcode: -1 }, 'opcode'],
    ['exec', { envNames: ['HOME=/root'] }, 'envNames.0'],
    ['exec', { processStartMs: 'now' }, 'processStartMs'],
    ['fork', { childStartMs: -5 }, 'childStartMs'],
    ['ptrace', { targetPid: 0.5 }, 'targetPid'],
    ['unshare', { flags: 'NEWUSER' }, 'flags'],
    ['mount', { source: undefined }, 'source'],
    ['setns', { flags: -1 }, 'flags'],
    ['suppressed', { duplicates: { open: -1 } }, 'duplicates.open'],
    ['suppressed', { unwanted: { opens: 1 } }, 'unwanted.opens'],
    ['open', { callStack: [{ fileId: 'a:b', line: 1 }] }, 'callStack.0.fileId'],
  ] as const) {
    it(`names field ${field} of a ${type} that is wrong`, () => {
      const parsed = parseLine(JSON.stringify({ ...lineOf(type), ...changes }));
      assert.ok('problem' in parsed && parsed.problem.startsWith(`field ${field}: `));
    });
  }
});
