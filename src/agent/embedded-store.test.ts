import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { filesOf, opened } from '#storage/testing/image-lists.js';
import { withFolder } from '#storage/testing/temporary-folder.js';
import { configFrom } from './config.ts';
import { openEmbeddedStore } from './embedded-store.ts';

const KEY = { namespace: 'shop', name: 'web' };
const LIBRARIES = Array.from({ length: 60 }, (_, at) => `/lib/${at}`);
const WAITING = 'the next start merges the last reports';
const { signal } = new AbortController();

/** The store of an agent that lists images, and what it logs. */
async function storeIn(folder: string) {
  const logged: string[] = [];
  const flags = { store: `${folder}/profiles.db`, 'store-listen': '' };
  const store = await openEmbeddedStore({
    options: configFrom({ environment: {}, flags }),
    clock: new VirtualClock(1e12),
    random: seededRandom(1),
    metrics: new Metrics(),
    log: { ...silentLogger, info: (message) => void logged.push(message) },
  });
  const { imageFiles } = store;
  assert.ok(imageFiles);
  imageFiles.begin();
  assert.deepEqual(logged.splice(0), ['profile store opened']);
  const opens = async () =>
    (await store.profiles.get('ContainerProfile', KEY, { signal }))?.spec.opens?.length;
  return { ...store, imageFiles, logged, opens };
}

describe('the store of an agent that stops', () => {
  it('merges the last reports', () =>
    withFolder(async (folder) => {
      const store = await storeIn(folder);
      store.imageFiles.keep('sha256:x', filesOf(...LIBRARIES));
      await store.profiles.create('ContainerProfile', opened(0, 'sha256:x', LIBRARIES), { signal });
      await store.finish();
      assert.equal(await store.opens(), 60);
      assert.deepEqual(store.logged, []);
      await store.close();
    }));

  it('leaves those to the next start, and says so, whose image is not listed yet', () =>
    withFolder(async (folder) => {
      const first = await storeIn(folder);
      first.imageFiles.ask('sha256:x');
      await first.profiles.create('ContainerProfile', opened(0, 'sha256:x', LIBRARIES), { signal });
      await first.finish();
      assert.equal(await first.opens(), undefined);
      assert.deepEqual(first.logged, [WAITING]);
      await first.close();
      const second = await storeIn(folder);
      second.imageFiles.keep('sha256:x', filesOf(...LIBRARIES));
      await second.finish();
      assert.equal(await second.opens(), 60);
      await second.close();
    }));
});
