import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs what `npm start` runs, with these arguments put behind it. */
function start(...more: string[]) {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const [program, ...args] = String(scripts.start).split(' ');
  assert.equal(program, 'node');
  return spawnSync(process.execPath, [...args, ...more], { cwd: ROOT, encoding: 'utf8' });
}

describe('npm start', () => {
  let told: ReturnType<typeof start>;
  before(() => {
    told = start();
  });

  it('ends well and tells the story from learning to the accounting', () => {
    assert.equal(told.status, 0, told.stderr);
    assert.equal(told.stderr, '');
    for (const part of [
      /still learning/,
      /completed and complete: judged by it/,
      /0 dropped$/m,
      /sudo npx hullwatch run/,
    ]) {
      assert.match(told.stdout, part);
    }
  });

  it('raises an alert for everything that the intruder did, and for nothing that the shop does', () => {
    const { stdout } = start('--output', 'json', '--cooldown', '0');
    const alerts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const seen = new Set(
      alerts.map(
        ({ ruleID, containerName, arguments: { exec, path } }) =>
          `${ruleID} ${containerName} ${exec ?? path}`,
      ),
    );
    assert.deepEqual(
      [...seen].sort(),
      [
        'R0001 web /bin/cat',
        'R0001 web /bin/cp',
        'R0001 web /bin/sh',
        'R0001 web /bin/uname',
        'R0001 web /tmp/.x',
        'R0006 web /run/secrets/kubernetes.io/serviceaccount/token',
        'R0010 web /etc/shadow',
        'R1001 web /tmp/.x',
      ].sort(),
    );
    for (const { profileMetadata } of alerts) {
      assert.deepEqual(
        [profileMetadata.status, profileMetadata.completion],
        ['completed', 'complete'],
      );
    }
  });

  it('gives the same bytes each time', () => {
    assert.equal(start().stdout, told.stdout);
  });
});
