import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  ApiException,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import { PROFILE_API_VERSION } from '#model/profile.js';
import type { SqliteProfileStore } from '#storage/sqlite-profile-store.js';
import { waitFor } from '../live/harness/wait-for.ts';
import { Follower, type SeenProfile } from './informer-follower.ts';
import { KIND, put, remove, type Served, serve, withStore } from './informer-store.ts';

// The informer that people write with the public Node.js client, on a store in a file that is served over HTTP.
const PATIENCE_MS = 20_000;

describe('@kubernetes/client-node with a served store', { timeout: 120_000 }, () => {
  let folder = '';
  let served: Served;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-informer-'));
    served = await serve(folder);
  });

  afterEach(async () => {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
    await waitFor('all sockets to close', () => openSockets() === 0, PATIENCE_MS);
  });

  it('sees what exists, what comes, what changes and what goes', async () => {
    await put(served.store, 'before');
    const watched = await new Follower(served).start(served);
    assert.deepEqual(watched.told, ['add shop/before']);
    await put(served.store, 'later');
    await put(served.store, 'before', { syscalls: ['read', 'write'] });
    await remove(served.store, 'later');
    await watched.tells(4);
    assert.deepEqual(watched.told, [
      'add shop/before',
      'add shop/later',
      'update shop/before',
      'delete shop/later',
    ]);
    assert.deepEqual(watched.get('before')?.spec?.syscalls, ['read', 'write']);
    await watched.becomesComplete();
    await watched.stop();
  });

  it('hears after the server was away what happened meanwhile, deletions too, without a list', async () => {
    for (const name of ['stays', 'goes']) await put(served.store, name);
    const watched = await new Follower(served).start(served);
    await served.close();
    await withStore(folder, {}, async (store) => {
      await remove(store, 'goes');
      await put(store, 'stays', { syscalls: ['mount'] });
      await put(store, 'comes');
    });
    served = await serve(folder, { address: served.address });
    await watched.tells(5);
    assert.deepEqual(watched.told.slice(2), [
      'delete shop/goes',
      'update shop/stays',
      'add shop/comes',
    ]);
    assert.equal(watched.lists, 1);
    await watched.connects(served);
    await watched.becomesComplete();
    await watched.stop();
  });

  it('lists anew when what happened meanwhile is not remembered any more', async () => {
    for (const name of ['stays', 'goes', 'returns']) await put(served.store, name);
    const watched = await new Follower(served).start(served);
    await served.close();
    await withStore(folder, { historyChanges: 4 }, async (store) => {
      await remove(store, 'goes');
      await remove(store, 'returns');
      await put(store, 'returns');
      for (let turn = 0; turn < 10; turn += 1)
        await put(store, 'stays', { syscalls: [`call${turn}`] });
    });
    served = await serve(folder, { address: served.address, historyChanges: 4 });
    await watched.connects(served);
    assert.equal(watched.lists, 2);
    assert.deepEqual([...watched.told.slice(3)].sort(), [
      'delete shop/goes',
      'update shop/returns',
      'update shop/stays',
    ]);
    await put(served.store, 'after');
    await watched.tells(7);
    await watched.becomesComplete();
    await watched.stop();
  });

  it('keeps to a label selector: what stops matching is gone', async () => {
    const labels = { team: 'a' };
    await put(served.store, 'of-a', { labels });
    await put(served.store, 'of-nobody');
    const watched = await new Follower(served, 'team=a').start(served);
    assert.deepEqual(watched.told, ['add shop/of-a']);
    await put(served.store, 'of-nobody', { labels });
    await put(served.store, 'of-a', { labels: { team: 'b' } });
    await watched.tells(3);
    assert.deepEqual(watched.told.slice(1), ['add shop/of-nobody', 'delete shop/of-a']);
    await watched.becomesComplete();
    await watched.stop();
  });

  it('has in the end what a list has, after many writes and two absences of the server', async () => {
    const watched = await new Follower(served).start(served);
    const work = async (store: SqliteProfileStore, round: number) => {
      for (let turn = 0; turn < 50; turn += 1) {
        const name = `profile-${(turn * 7 + round) % 20}`;
        const syscalls = [`round${round}`, `turn${turn}`];
        await put(store, name, { syscalls });
        if (turn % 5 === 4) await remove(store, name);
      }
    };
    for (let round = 0; round < 2; round += 1) {
      await work(served.store, 2 * round);
      await served.close();
      await withStore(folder, {}, (store) => work(store, 2 * round + 1));
      served = await serve(folder, { address: served.address });
    }
    await watched.connects(served);
    await watched.becomesComplete();
    assert.equal(watched.lists, 1);
    await watched.stop();
  });

  it('makes, patches, refuses and deletes a profile through KubernetesObjectApi', async () => {
    const api = KubernetesObjectApi.makeApiClient(served.config);
    const header = {
      apiVersion: PROFILE_API_VERSION,
      kind: KIND,
      metadata: { name: 'made', namespace: 'shop' },
      spec: { syscalls: ['read'] },
    };
    const made = await api.create<SeenProfile>(header);
    assert.ok(made.metadata?.uid);
    const patch: SeenProfile = { ...header, spec: { syscalls: ['futex'] } };
    const patched = await api.patch(
      patch,
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
    assert.deepEqual(patched.spec?.syscalls, ['futex']);
    assert.notEqual(patched.metadata?.resourceVersion, made.metadata.resourceVersion);
    const stale = { ...patch, metadata: { ...header.metadata, ...versionOf(made) } };
    assert.equal(await codeOf(api.replace(stale)), 409);
    assert.equal(await codeOf(api.create(header)), 409);
    const wrong = {
      ...header,
      metadata: { ...header.metadata, name: 'wrong' },
      spec: { opens: 7 },
    };
    assert.equal(await codeOf(api.create(wrong)), 422);
    // What the client sends when it is not told: no server merges custom objects that way.
    assert.equal(await codeOf(api.patch(patch)), 415);
    const { items } = await api.list(PROFILE_API_VERSION, KIND, 'shop');
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      ['made'],
    );
    assert.equal((await api.delete(header)).status, 'Success');
    assert.equal(await codeOf(api.read(header)), 404);
  });
});

function versionOf({ metadata }: KubernetesObject) {
  return { resourceVersion: metadata?.resourceVersion ?? '' };
}

async function codeOf(answer: Promise<unknown>): Promise<number> {
  const reason = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(reason instanceof ApiException, 'the call was not refused');
  return reason.code;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((each) => each.startsWith('TCP')).length;
}
