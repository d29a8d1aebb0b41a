import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Ended, runProgram } from '../../src/cli/testing/run-program.ts';
import { intrusion, Story, TEN_SECONDS } from './story.ts';

/** Far above what the longest of these replays takes; an endless one is what it is to catch. */
const BUDGET_MS = 20_000;
const RUNS = 60;

describe('hullwatch replay of a damaged recording', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-damaged-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function replayFile(path: string, ...flags: string[]): Promise<Ended> {
    return runProgram('replay', path, ...TEN_SECONDS, ...flags);
  }
  function replay(bytes: string | Uint8Array, ...flags: string[]): Promise<Ended> {
    const path = join(folder, 'recording.ndjson');
    writeFileSync(path, bytes);
    return replayFile(path, ...flags);
  }
  const withEntry = (entry: object) => {
    const story = intrusion();
    story.entries.splice(12, 0, entry as (typeof story.entries)[number]);
    return story.text();
  };

  /** Whatever was done to a recording: it ends, in one of the ways that are documented. */
  function assertOrderly({ exitCode, err }: Ended): void {
    assert.ok([0, 2, 3].includes(exitCode), `exit code ${exitCode}: ${err}`);
    if (exitCode === 2) {
      assert.match(err, /^hullwatch: recording .*\n$/);
      return;
    }
    if (exitCode === 3) assert.match(err, /recording\.ndjson: /);
    const [emitted, ...places] = sumLine(err);
    assert.equal(
      emitted,
      places.reduce((sum, count) => sum + count, 0),
      err,
    );
  }

  it('ends in order whatever bytes were changed', { timeout: BUDGET_MS }, async () => {
    const whole = Buffer.from(intrusion().text());
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (flips) => {
        const bytes = Buffer.from(whole);
        for (const [at, mask] of flips) bytes[at] = (bytes[at] ?? 0) ^ mask;
        assertOrderly(await replay(bytes));
      }),
      { numRuns: RUNS },
    );
  });

  it('ends in order wherever it was cut off', { timeout: BUDGET_MS }, async () => {
    // Without its last line end it would still be whole.
    const whole = intrusion().text().trimEnd();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (size) => {
        const ended = await replay(whole.slice(0, size));
        assertOrderly(ended);
        assert.notEqual(ended.exitCode, 0);
      }),
      { numRuns: RUNS },
    );
  });

  it('ends in order whatever lines are missing, repeated or out of place', {
    timeout: BUDGET_MS,
  }, async () => {
    const [first = '', ...rest] = intrusion().removed(0).text().split('\n');
    const line = fc.constantFrom(...rest.filter(Boolean));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (lines) => {
        assertOrderly(await replay([first, ...lines, ''].join('\n')));
      }),
      { numRuns: RUNS },
    );
  });

  it('ends in order whatever a field holds', { timeout: BUDGET_MS }, async () => {
    const lines = intrusion().lost(1).removed(0).text().trimEnd().split('\n');
    const fields = lines.flatMap((line, at) =>
      Object.keys(JSON.parse(line) as object).map((field) => ({ at, field })),
    );
    const value = fc.oneof(
      fc.constantFrom('1e300', '-1', '0', '1e308', '-0', '1e-300', 'null', '{}', '[]', '""'),
      fc.constantFrom('253402300799999', '9007199254740993', '1.5', 'true', '"__proto__"'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), value, async ({ at, field }, json) => {
        const changed = JSON.parse(lines[at] ?? '') as Record<string, unknown>;
        changed[field] = '\u0000';
        const text = JSON.stringify(changed).replace('"\\u0000"', () => json);
        assertOrderly(await replay([...lines.with(at, text), ''].join('\n')));
      }),
      { numRuns: RUNS },
    );
  });

  for (const [what, timeMs] of [
    ['1e300', 1e300],
    ['below zero', -5],
  ] as const) {
    it(`leaves a line out whose time is ${what}`, { timeout: BUDGET_MS }, async () => {
      const { exitCode, err } = await replay(withEntry({ type: 'lost', timeMs, count: 1 }));
      assert.equal(exitCode, 3);
      assert.match(err, /line 14: field timeMs/);
      assert.match(err, /dropped: damaged 1/);
    });
  }

  for (const [what, timeMs, hours] of [
    ['centuries later', 200_000_000_000_000, 'after'],
    ['in 1970', 0, 'before'],
  ] as const) {
    it(`takes a line ${what} as if it came now, and says so`, {
      timeout: BUDGET_MS,
    }, async () => {
      const { exitCode, err, out } = await replay(withEntry({ type: 'lost', timeMs, count: 1 }));
      assert.equal(exitCode, 3);
      assert.match(err, new RegExp(`line 14: its time lies \\d+ hours ${hours} that of the line`));
      assert.match(err, /kernel-buffer-full 1/);
      assert.match(out, /"timestamp":"2023-11-14T22:13:35/, 'later lines keep their times');
    });
  }

  it('goes on when the clock of the recorded machine was set', { timeout: BUDGET_MS }, async () => {
    const story = intrusion();
    const leapMs = 40 * 365 * 86_400_000;
    const entries = story.entries.map((entry, at) =>
      at < 10 ? entry : { ...entry, timeMs: entry.timeMs + leapMs },
    );
    story.entries.splice(0, story.entries.length, ...entries);
    const { exitCode, err, out } = await replay(story.text());
    assert.equal(exitCode, 3);
    assert.equal(err.match(/its time lies/g)?.length, 1);
    assert.match(out, /"ruleID":"R0001"/);
  });

  it('replays a silent half hour in moments', { timeout: BUDGET_MS }, async () => {
    const story = intrusion().at(1_800).exec('/bin/nc');
    const { exitCode, out } = await replay(story.text());
    assert.equal(exitCode, 0);
    assert.match(out, /"exec":"\/bin\/nc"/);
  });

  it('takes a container that is added twice, or removed before it is added', async () => {
    const twice = new Story().ready().cgroup().removed(0).at(0.1).container().container();
    const { exitCode, err } = await replay(
      twice.exec('/bin/web').removed(0).removed(0).at(3).exec('/bin/late').text(),
    );
    assert.equal(exitCode, 0);
    assert.match(err, /2 emitted = 2 evaluated/);
  });

  it('takes strings of a megabyte, deep JSON and a flood of unknown containers', {
    timeout: BUDGET_MS,
  }, async () => {
    const story = intrusion().exec('/bin/'.padEnd(1_000_000, 'x'));
    const exec = story.entries.at(-1);
    const lines = story.text().trimEnd().split('\n');
    const flood = Array.from({ length: 20_000 }, (_, at) =>
      JSON.stringify({ ...exec, args: [], cgroupId: 1_000_000 + at, exePath: '/bin/x', file: '' }),
    );
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const { exitCode, err } = await replay(
      [...lines.slice(0, -1), deep, `{"type":"open","path":${deep}}`, ...flood, ''].join('\n'),
    );
    assert.equal(exitCode, 3);
    assertOrderly({ exitCode, err, out: '' });
    assert.match(err, /20\d\d\d dropped$/m);
  });

  it('refuses what is no file with 2, and names it', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [folder, fifo, '/dev/full', '/dev/null']) {
      const { exitCode, err } = await replayFile(path);
      assert.equal(exitCode, 2);
      assert.equal(err, `hullwatch: recording ${path}: is not a regular file\n`);
    }
    const { exitCode, err } = await replayFile(join(folder, 'none'));
    assert.equal(exitCode, 2);
    assert.match(err, /recording .*none: cannot be read \(ENOENT/);
  });
});

/** The numbers of the line that always adds up. */
function sumLine(err: string): readonly number[] {
  const line = /^events: .*$/m.exec(err)?.[0] ?? '';
  assert.ok(!line.includes('in flight'), line);
  const counts = [...line.matchAll(/\d+/g)].map(Number);
  assert.equal(counts.length, 5, err);
  return counts;
}
