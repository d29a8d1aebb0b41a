import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runProgram } from '../testing/run-program.ts';

const HEAD = 'apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1';
const overlay = (path: string, name = 'ug-deployment-web') => `${HEAD}
kind: ApplicationProfile
metadata: {name: ${name}, namespace: shop, annotations: {kubescape.io/managed-by: User}}
spec: {containers: [{name: web, execs: [{path: ${path}}]}]}
`;
const final = (path: string) => `${HEAD}
kind: ContainerProfile
metadata:
  name: web-1
  namespace: shop
  annotations: {kubescape.io/status: completed, kubescape.io/completion: complete}
spec: {execs: [{path: ${path}, args: ["\\x9b2J", "2026-01-01T00:00:00Z", "yes"]}]}
`;

describe('hullwatch store', () => {
  let folder: string;
  let db: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-store-'));
    db = join(folder, 'profiles.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: readonly string[]) => runProgram('store', ...args, '--store', db);
  function file(text: string, name = 'profile.yaml'): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }
  async function rows(...args: readonly string[]) {
    const { out } = await run('get', ...args);
    return out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 6));
  }

  it('creates, replaces and leaves alone, and says which', async () => {
    const applied = (path: string) => run('apply', file(overlay(path)));
    const says = (what: string) => ({
      exitCode: 0,
      out: `ApplicationProfile shop/ug-deployment-web ${what}\n`,
      err: '',
    });
    assert.deepEqual(await applied('/bin/date'), says('created'));
    assert.deepEqual(await applied('/bin/date'), says('unchanged'));
    assert.deepEqual(await applied('/bin/id'), says('configured'));
    const { out } = await run('get', 'applicationprofiles', 'shop/ug-deployment-web', '-o', 'json');
    const { metadata, spec } = JSON.parse(out);
    assert.deepEqual(spec, { containers: [{ name: 'web', execs: [{ path: '/bin/id' }] }] });
    assert.equal(metadata.resourceVersion, '2');
  });

  it('applies the good documents and names file, document and field of the others', async () => {
    const bad = `${HEAD}\nkind: ContainerProfile\nmetadata: {name: x}\nspec: {execs: [{path: 7}]}\n`;
    const path = file([overlay('/a'), bad, overlay('/b', 'ug-other')].join('---\n'));
    const { exitCode, out, err } = await run('apply', path);
    assert.equal(exitCode, 3);
    assert.equal(out.match(/created/g)?.length, 2);
    assert.match(err, /^\S+profile\.yaml, document 2: spec\.execs\.0\.path: expected .*\n$/);
  });

  it('names what the store refuses, and goes on', async () => {
    const refused = overlay('/a').replace('namespace: shop', 'namespace: "a b"');
    const { exitCode, out, err } = await run('apply', file(`${refused}---\n${overlay('/a')}`));
    assert.equal(exitCode, 1);
    assert.match(out, /created/);
    assert.match(err, /profile\.yaml, document 1: .*metadata\.namespace: expected a namespace/);
  });

  it('makes no store for nothing, where nothing usable is given', async () => {
    for (const text of ['kind: Pod\n', '', '{']) {
      const { exitCode, out, err } = await run('apply', file(text));
      assert.deepEqual([exitCode, out], [2, ''], text);
      assert.match(err, /profile\.yaml/);
    }
    assert.equal((await run('apply', join(folder, 'none'))).exitCode, 2);
    assert.equal(existsSync(db), false);
  });

  it('says that a learned profile cannot be changed, and deletes it', async () => {
    await run('apply', file(final('/a')));
    const changed = await run('apply', file(final('/b')));
    assert.deepEqual([changed.exitCode, changed.out], [1, '']);
    assert.match(changed.err, /ContainerProfile shop\/web-1 .* can be deleted, not changed/);
    assert.deepEqual(await run('delete', 'ContainerProfile', 'shop/web-1'), {
      exitCode: 0,
      out: 'ContainerProfile shop/web-1 deleted\n',
      err: '',
    });
    assert.equal((await run('apply', file(final('/b')))).exitCode, 0);
  });

  it('prints what it can apply again', async () => {
    await run('apply', file(final('/a') + overlay('/b').replace(/^/, '---\n')));
    for (const format of ['yaml', 'json']) {
      const { out } = await run('get', '-o', format);
      assert.ok(!out.includes('\x9b'), 'a terminal would obey');
      const again = await run('apply', file(out, `again.${format}`));
      assert.equal(again.err, '');
      assert.equal(again.out.match(/unchanged/g)?.length, 2, again.out);
      rmSync(db);
      assert.equal((await run('apply', join(folder, `again.${format}`))).exitCode, 0);
    }
  });

  it('refuses to replace a version that was not the one read', async () => {
    await run('apply', file(overlay('/a')));
    const { out } = await run('get', '-o', 'yaml');
    await run('apply', file(overlay('/b')));
    const stale = await run('apply', file(out.replace('/a', '/c')));
    assert.equal(stale.exitCode, 1);
    assert.match(stale.err, /version 1 is not the stored 2/);
  });

  it('shows all kinds, one kind by any of its names, or one object', async () => {
    await run('apply', file(final('/a') + overlay('/b').replace(/^/, '---\n')));
    const learned = ['ContainerProfile', 'shop', 'web-1', 'completed', 'complete', '-'];
    const managed = ['ApplicationProfile', 'shop', 'ug-deployment-web', '-', '-', 'User'];
    const titles = ['KIND', 'NAMESPACE', 'NAME', 'STATUS', 'COMPLETION', 'MANAGED-BY'];
    assert.deepEqual(await rows(), [titles, learned, managed, ['']]);
    for (const kind of ['containerprofiles', 'ContainerProfile', 'CONTAINERPROFILES']) {
      assert.deepEqual(await rows(kind), [titles, learned, ['']]);
    }
    assert.deepEqual(await rows('containerprofile', 'shop/web-1'), [titles, learned, ['']]);
    assert.match((await run('get', 'networkneighborhoods')).err, /^no profiles in /);
  });

  it('refuses with 2 what it does not know, and makes no file to look into', async () => {
    for (const args of [['get'], ['delete', 'containerprofile', 'shop/web-1']]) {
      const { exitCode, err } = await run(...args);
      assert.equal(exitCode, 2);
      assert.match(err, /there is no profile store \S+profiles\.db: name it with --store/);
    }
    assert.equal(existsSync(db), false);
    await run('apply', file(overlay('/a')));
    for (const [args, says] of [
      [['get', 'pods'], /KIND: expected one of containerprofiles, .* got pods/],
      [['get', 'c'], /KIND: expected one of/],
      [['get', 'containerprofile', 'web-1'], /expected NAMESPACE\/NAME, got web-1/],
      [['get', 'containerprofile', 'a/b/c'], /expected NAMESPACE\/NAME/],
      [['get', 'containerprofile', 'shop/web-2'], /ContainerProfile shop\/web-2 not found/],
      [['delete', 'containerprofile', 'shop/web-2'], /ContainerProfile shop\/web-2 not found/],
      [['delete', 'containerprofile'], /missing required argument/],
      [['apply'], /missing required argument/],
    ] as const) {
      const { exitCode, err } = await run(...args);
      assert.equal(exitCode, 2, args.join(' '));
      assert.match(err, says);
    }
    assert.equal(
      (await runProgram('store', 'apply', file(overlay('/a')), '--store', ':memory:')).exitCode,
      2,
    );
  });

  it('fails with 1 while another process writes, and says so', async () => {
    await run('apply', file(overlay('/a')));
    const other = new DatabaseSync(db);
    other.exec('BEGIN EXCLUSIVE');
    const { exitCode, err } = await run('apply', file(overlay('/b')));
    other.close();
    assert.equal(exitCode, 1);
    assert.match(err, /is busy: another process/);
  });

  it('sends people with a store behind an API to kubectl', async () => {
    for (const [command = '', ...args] of [
      ['get'],
      ['delete', 'containerprofiles', 'shop/web'],
      ['apply', file(overlay('/a'))],
      ['check'],
      ['compact'],
      ['backup', join(folder, 'copy.db')],
    ]) {
      const ended = await runProgram('store', command, ...args, '--store', 'http://127.0.0.1:1');
      assert.equal(ended.exitCode, 2, command);
      assert.match(
        ended.err,
        /store: expected a file, got http:\/\/127\.0\.0\.1:1.*kubectl/,
        command,
      );
    }
  });
});
