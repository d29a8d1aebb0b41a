import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withStoreFile } from '#agent/store-file.js';
import { LABEL } from '#model/annotations.js';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type ContainerProfileSpec,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import { runProgram } from '../testing/run-program.ts';

function learned(name: string, spec: ContainerProfileSpec): ContainerProfile {
  const labels = { [LABEL.containerName]: 'web' };
  const metadata = { name, namespace: 'shop', labels };
  return { apiVersion: PROFILE_API_VERSION, kind: 'ContainerProfile', metadata, spec };
}

const OVERLAY: ApplicationProfile = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ApplicationProfile',
  metadata: { name: 'ug-web', namespace: 'shop' },
  spec: {
    containers: [
      { name: 'web', execs: [{ path: '/bin/uname' }] },
      { name: 'sidecar', syscalls: ['bpf'] },
    ],
  },
};

describe('hullwatch profiles diff', () => {
  let folder: string;
  let store: string;
  let firstVersion: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-diff-'));
    store = join(folder, 'profiles.db');
    const { signal } = new AbortController();
    await withStoreFile(store, async (profiles) => {
      const old = learned('web', { syscalls: ['read'], opens: [{ path: '/etc/hosts' }] });
      const created = await profiles.create('ContainerProfile', old, { signal });
      firstVersion = created.metadata.resourceVersion ?? '';
      const now = learned('web', { syscalls: ['read', 'ptrace'], opens: [] });
      await profiles.update('ContainerProfile', now, { signal });
      await profiles.create('ApplicationProfile', OVERLAY, { signal });
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  const diff = (...args: readonly string[]) =>
    runProgram('profiles', 'diff', ...args, '--store', store);

  it('compares two versions of a profile', async () => {
    const { exitCode, out, err } = await diff(`shop/web@${firstVersion}`, 'shop/web');
    assert.equal(err, '');
    assert.equal(exitCode, 1);
    assert.deepEqual(out.split('\n'), [
      `--- ContainerProfile shop/web@${firstVersion}`,
      `+++ ContainerProfile shop/web@${Number(firstVersion) + 1}`,
      'opens (1 differs, 0 alike)',
      '  - /etc/hosts',
      'syscalls (1 differs, 1 alike)',
      '  + ptrace',
      '',
    ]);
  });

  it('compares what was learned with the part of an overlay that is about the same container', async () => {
    const { out } = await diff('shop/web', 'applicationprofile:shop/ug-web', '-o', 'json');
    const { differences } = JSON.parse(out);
    assert.deepEqual(
      differences.map(({ surface, key, change }: Record<string, string>) => [surface, key, change]),
      [
        ['execs', '/bin/uname', 'added'],
        ['syscalls', 'ptrace', 'removed'],
        ['syscalls', 'read', 'removed'],
      ],
    );
    assert.match(differences[0].after.sources[0], /^ApplicationProfile shop\/ug-web@\d+$/);
  });

  it('compares a file with the store, and gives 0 when both say the same', async () => {
    const file = join(folder, 'web.json');
    writeFileSync(file, JSON.stringify(learned('web', { syscalls: ['ptrace', 'read'] })));
    const { exitCode, out } = await diff(file, 'shop/web');
    assert.equal(out, 'no differences\n');
    assert.equal(exitCode, 0);
  });

  it('wants to know which container when nothing says it', async () => {
    const overlay = 'applicationprofiles:shop/ug-web';
    const { exitCode, err } = await diff(overlay, overlay);
    assert.equal(exitCode, 2);
    assert.match(err, /say with --container which one: web, sidecar/);
    assert.equal((await diff(overlay, overlay, '--container', 'sidecar')).exitCode, 0);
    assert.match((await diff(overlay, overlay, '-c', 'db')).err, /says nothing of a container db/);
  });

  for (const [reference, message] of [
    ['shop/nowhere', /there is no ContainerProfile shop\/nowhere/],
    ['shop/web@1000000', /1000000/],
    ['shop/web@', /expected NAMESPACE\/NAME@VERSION/],
    ['cat:shop/web', /KIND: expected one of/],
    ['container:', /expected the id of a container/],
    ['./nowhere.yaml', /nowhere\.yaml/],
  ] as const) {
    it(`says what is wrong with ${reference}`, async () => {
      const { exitCode, err } = await diff('shop/web', reference);
      assert.match(err, message);
      assert.notEqual(exitCode, 0);
    });
  }
});
