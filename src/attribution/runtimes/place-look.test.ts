import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lookAt } from './place-look.ts';
import { FakeDocker } from './testing/fake-docker.ts';

describe('a look at a path', () => {
  it('tells sockets, folders, what can be read and what is missing', async () => {
    await using fake = await FakeDocker.start();
    const kinds = [];
    for (const path of [fake.socketPath, tmpdir(), '/dev/null', '/nonexistent/x']) {
      kinds.push((await lookAt(path)).kind);
    }
    assert.deepEqual(kinds, ['socket', 'folder', 'readable', 'missing']);
  });

  it('says why it cannot be reached, or not be read', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hullwatch-look-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'secret');
    await writeFile(file, '');
    const below = await lookAt(join(file, 'below'));
    assert.match(below.kind === 'denied' ? below.message : '', /ENOTDIR/);
    await chmod(file, 0);
    if (process.getuid?.() === 0) return;
    const denied = await lookAt(file);
    assert.match(denied.kind === 'denied' ? denied.message : '', /EACCES/);
  });
});
