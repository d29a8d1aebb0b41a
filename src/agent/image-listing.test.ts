import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostContainer } from '#attribution/host-container.js';
import { anOpen } from '#attribution/testing/build-event.js';
import { Consolidator } from '#consolidation/consolidator.js';
import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import { PathHashCollector, type PathHashes } from '#profile/collapse/path-hashes.js';
import { ruleSetOf } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { ImageFileLists } from '#storage/image-file-lists.js';
import { openSqliteProfileStore } from '#storage/sqlite-profile-store.js';
import { configFrom } from './config.ts';
import { Flow } from './flow.ts';
import { ImageListing } from './image-listing.ts';
import { memoryQueue } from './open-queue.ts';

const IMAGE = 'sha256:web';
const MINUTE_MS = 60_000;

function filesOf(...paths: readonly string[]): PathHashes {
  const collector = new PathHashCollector();
  for (const path of paths) collector.add(path);
  return collector.finish();
}

function added(container: Container) {
  return { type: 'container-added' as const, timeMs: 0, container };
}

/** A listing that writes down what it asks of others. */
function listing({
  held = [] as readonly string[],
  fails = false,
  hasRoom = true,
  endsMeanwhile = false,
} = {}) {
  const told: string[] = [];
  const stop = new AbortController();
  const lists: ImageFileLists = {
    begin: () => void told.push('begin'),
    ask: (image) => {
      told.push(`ask ${image}`);
      return held.includes(image);
    },
    keep: (image, { size }) => {
      told.push(`keep ${image} ${size}`);
      return hasRoom;
    },
    giveUp: (image) => void told.push(`give up ${image}`),
  };
  const of = async ({ pid }: Pick<Container, 'pid'>) => {
    told.push(`list ${pid}`);
    if (endsMeanwhile) {
      stop.abort();
      throw new AgentError('aborted', 'listing was aborted');
    }
    if (fails) throw new AgentError('too-large', 'more than can be told');
    return filesOf('/a', '/b');
  };
  const onSettled = () => void told.push('settled');
  const parts = { files: { of }, lists, onSettled, log: silentLogger, signal: stop.signal };
  const images = new ImageListing(parts);
  assert.deepEqual(told.splice(0), ['begin']);
  return { told, stop, images };
}

describe('listing the files of images', () => {
  const web = added(aContainer({ imageDigest: 'x', pid: 7 }));

  it('hands those of a starting container to the store, once while it is under way', async () => {
    const { told, images } = listing();
    images.acceptContainerEvent(web);
    images.acceptContainerEvent(added(aContainer({ id: 'c2', imageDigest: 'x', pid: 8 })));
    await images.settled();
    assert.deepEqual(told, ['ask x', 'list 7', 'keep x 2', 'give up x', 'settled']);
    images.acceptContainerEvent(web);
    await images.settled();
    assert.equal(told.length, 10);
  });

  it('reads nothing of an image that the store has, of the host, a sandbox or an image without a digest', async () => {
    const { told, images } = listing({ held: ['x'] });
    images.acceptContainerEvent(web);
    for (const container of [
      aContainer({ imageDigest: '' }),
      aContainer({ imageDigest: 'y', kind: 'sandbox' }),
      { ...hostContainer({ nodeName: 'n', bootedAtMs: 0 }), imageDigest: 'z' },
    ]) {
      images.acceptContainerEvent(added(container));
    }
    images.acceptContainerEvent({ type: 'container-removed', timeMs: 0, containerId: 'c1' });
    await images.settled();
    assert.deepEqual(told, ['ask x']);
  });

  it('lets nobody wait for a list that will not come', async () => {
    for (const [how, kept] of [
      [{ fails: true }, []],
      [{ hasRoom: false }, ['keep x 2']],
    ] as const) {
      const { told, images } = listing(how);
      images.acceptContainerEvent(web);
      await images.settled();
      assert.deepEqual(told, ['ask x', 'list 7', ...kept, 'give up x', 'settled']);
    }
  });

  it('lets those wait for the next start whose list is under way when the agent ends', async () => {
    const { told, images } = listing({ endsMeanwhile: true });
    images.acceptContainerEvent(web);
    await images.settled();
    assert.deepEqual(told, ['ask x', 'list 7']);
  });

  it('begins nothing more when the agent ends', async () => {
    const { told, stop, images } = listing();
    stop.abort();
    images.acceptContainerEvent(web);
    await images.settled();
    assert.deepEqual(told, []);
  });
});

/** What an agent learns of a container that opens 60 files in each of two folders, from one minute after it began. */
async function learnedOpens(files: () => Promise<PathHashes>): Promise<readonly string[]> {
  const clock = new VirtualClock(1_769_860_800_000);
  const surroundings = { clock, random: seededRandom(1), log: silentLogger };
  const store = openSqliteProfileStore({ path: ':memory:', ...surroundings });
  const consolidator = new Consolidator({ clock, store, log: silentLogger });
  const flow = new Flow({
    ...surroundings,
    ...{ store, rules: ruleSetOf([]), hostName: 'h', sinks: [] },
    queue: memoryQueue(surroundings),
    options: configFrom({ environment: {}, flags: {} }),
    onSaved: () => consolidator.nudge(),
    onCacheChange: () => {},
  });
  const stop = new AbortController();
  const { signal } = stop;
  const images = new ImageListing({
    ...{ files: { of: files }, lists: store.imageFiles, log: silentLogger, signal },
    onSettled: () => consolidator.nudge(),
  });
  const running = consolidator.run({ signal });
  const timeMs = clock.now();
  const container = aContainer({ imageDigest: IMAGE, cgroupId: 9, startedAtMs: timeMs });
  flow.acceptContainerEvent(added(container));
  images.acceptContainerEvent(added(container));
  await clock.advance(MINUTE_MS);
  for (let at = 0; at < 120; at += 1) {
    const path = `/${at % 2 === 0 ? 'lib' : 'tmp'}/${at}`;
    const about = { seq: at + 1, cgroupId: 9, pid: container.pid, timeMs: clock.now() };
    flow.acceptRecords([{ ...anOpen(about), path }]);
  }
  await clock.advance(15 * MINUTE_MS);
  const { items } = await store.list('ContainerProfile', { signal });
  const [key = { namespace: '', name: '' }] = items;
  const profile = await store.get('ContainerProfile', key, { signal });
  flow.drain();
  await flow.learner.stop();
  stop.abort();
  await running;
  await flow.alerts.close();
  store.close();
  return (profile?.spec.opens ?? []).map(({ path }) => path);
}

describe('an agent that lists images', () => {
  const LIBRARIES = Array.from({ length: 60 }, (_, at) => `/lib/${2 * at}`);

  it('learns each file of the image that was opened, and one pattern of the others', async () => {
    const opens = await learnedOpens(async () => filesOf(...LIBRARIES, '/lib/never'));
    assert.deepEqual(opens, [...LIBRARIES, '/tmp/⋯'].toSorted());
  });

  it('learns patterns alone where the image cannot be listed', async () => {
    const opens = await learnedOpens(() => Promise.reject(new AgentError('unavailable', 'gone')));
    assert.deepEqual(opens, ['/lib/⋯', '/tmp/⋯']);
  });
});
