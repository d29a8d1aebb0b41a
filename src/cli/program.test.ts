import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram as run } from './testing/run-program.ts';

describe('hullwatch', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints its version and its help with 0', async () => {
    assert.deepEqual(await run('--version'), { exitCode: 0, out: '0.1.0\n', err: '' });
    const { exitCode, out } = await run('run', '--help');
    assert.equal(exitCode, 0);
    assert.match(
      out,
      /--learning-period <duration>\s+How long a container is learned\.\s+\(default: 24h\)/,
    );
  });

  it('refuses a command, a flag and a value that are none with 2', async () => {
    for (const args of [
      ['frob'],
      ['run', '--frob'],
      ['replay'],
      ['replay', 'x', '-o', 'xml'],
      ['name'],
    ]) {
      const { exitCode, out, err } = await run(...args);
      assert.deepEqual([exitCode, out], [2, ''], args.join(' '));
      assert.notEqual(err, '');
    }
  });

  it('reads options from a file, names the file and every problem in it', async () => {
    const file = join(folder, 'hullwatch.yaml');
    writeFileSync(file, 'learningPeriod: soon\nfrob: 1\n');
    const { exitCode, err } = await run('replay', 'x', '--config', file);
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /hullwatch\.yaml: learningPeriod: expected a duration.*\n.*hullwatch\.yaml: frob: there is no such option/,
    );
  });

  it('says that a configuration file is missing', async () => {
    const { exitCode, err } = await run('replay', 'x', '--config', join(folder, 'none.yaml'));
    assert.equal(exitCode, 2);
    assert.match(err, /none\.yaml/);
  });

  it('prints names of a manifest', async () => {
    const file = join(folder, 'pod.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: reverse-proxy, namespace: default}\nspec: {containers: [{name: nginx}]}\n',
    );
    const { exitCode, out } = await run('name', '--manifest', file, '-o', 'json');
    assert.equal(exitCode, 0);
    assert.match(out, /pod-reverse-proxy-nginx-2f07-68bd/);
  });

  it('examines the sources that are to be used, by the flag of the run', async () => {
    const source = `tetragon:${join(folder, 'none', 'tetragon.log')}`;
    const places = ['--runtime-socket', join(folder, 'none.sock'), '-o', 'json'];
    const { exitCode, out } = await run('doctor', '--source', source, ...places);
    assert.equal(exitCode, 1);
    assert.match(out, /the folder .*none does not exist/);
    assert.doesNotMatch(out, /BTF/, 'our own sensor is not among them');
  });

  it('says what to do when the sensor was not built', async () => {
    const { exitCode, err } = await run(
      'run',
      '--sensor-folder',
      folder,
      '--store',
      join(folder, 'x.db'),
      '--http',
      'off',
    );
    assert.equal(exitCode, 1);
    assert.match(err, /npm run build:sensor/);
  });
});
