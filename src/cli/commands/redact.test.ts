import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GivenTerminal } from '../testing/given-terminal.ts';
import { runRedact } from './redact.ts';

async function redact(lines: readonly string[], isTest = false) {
  const terminal = new GivenTerminal();
  async function* all() {
    yield* lines;
  }
  const exitCode = await runRedact({ lines: all(), isTest, terminal });
  return { exitCode, out: terminal.out };
}

describe('hullwatch redact', () => {
  it('prints arguments, URLs and text as they would be written', async () => {
    const { exitCode, out } = await redact([
      '["mysql","-phunter2","shop"]',
      'https://admin:hunter2@example.org/a?token=abc&page=2',
      'PASSWORD=hunter2 ./serve --port 80',
      'ls -l /etc',
    ]);
    assert.equal(exitCode, 0);
    assert.doesNotMatch(out, /hunter2|abc/);
    assert.match(out, /"shop"/);
    assert.match(out, /page=2/);
    assert.match(out, /--port 80/);
    assert.equal(out.split('\n').at(-2), 'ls -l /etc');
  });

  it('prints what an event tells of requests and mounts as recordings hold it', async () => {
    const { out } = await redact([
      '//anna:hunter2@nas/share',
      'Authorization: Bearer hunter2hunter2',
      '{"user":"anna","password":"hunter2"}',
      'user=anna&password=hunter2',
      '//nas/share',
    ]);
    assert.doesNotMatch(out, /hunter2/);
    assert.equal(out.match(/anna/g)?.length, 3);
    assert.equal(out.split('\n').at(-2), '//nas/share');
  });

  it('takes what only looks like an argument vector as text', async () => {
    assert.equal((await redact(['[1, 2]', '[not json'])).out, '[1, 2]\n[not json\n');
  });
});

describe('hullwatch redact --test', () => {
  it('counts the lines that turn out as they say, and shows the others', async () => {
    const { exitCode, out } = await redact(
      ['# passwords', '', 'PASSWORD=x => PASSWORD=[redacted]', 'a => b => a => b'],
      true,
    );
    assert.deepEqual([exitCode, out], [1, out]);
    assert.match(out, /^line 4: a => b => a\n {2}expected b\n {2}got {6}a => b => a\n/);
    assert.match(out, /1 of 2 lines are redacted as expected\n$/);
    const right = await redact(['PASSWORD=x => PASSWORD=[redacted]', 'plain'], true);
    assert.deepEqual(right, { exitCode: 0, out: '2 of 2 lines are redacted as expected\n' });
  });

  it('refuses input without a single test', async () => {
    await assert.rejects(redact(['# nothing'], true), { code: 'invalid' });
  });
});
