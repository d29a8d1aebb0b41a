// A child of the store bench: a store in a file, served over HTTP.
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { ApiServer } from '../src/storage/api/api-server.ts';
import type { KubernetesObject } from '../src/storage/object-store.ts';
import { openSqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import { collectedBytes } from './collected-bytes.ts';
import { answerParent, cpuMicros } from './store-child.ts';
import { KIND, NAMESPACE } from './store-profiles.ts';

const [, , path = ''] = process.argv;
const { signal } = new AbortController();
const sources = { clock: systemClock, random: systemRandom, log: silentLogger };
const store = openSqliteProfileStore({ path, ...sources });
const server = await ApiServer.listen({
  address: '127.0.0.1:0',
  objects: store.objects,
  ...sources,
});
let turn = 0;

answerParent({
  port: () => Number(new URL(server.url).port),
  cpu: cpuMicros,
  serialised: () => server.counts.serialised,
  watchers: () => server.counts.watchers,
  /** Changes an object, and says when that was on disk, on the clock that all processes share. */
  tell: async (index) => {
    turn += 1;
    const key = { namespace: NAMESPACE, name: `profile-${index}` };
    const startNs = process.hrtime.bigint();
    const written = store.objects.change(KIND, key, withTag(`v${turn}`), { signal });
    // The call commits before it returns; watches are told in later turns.
    const committedNs = process.hrtime.bigint();
    await written;
    return { committedNs: String(committedNs), writeUs: Number(committedNs - startNs) / 1e3 };
  },
  memory: async () => {
    await collectedBytes();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
});

function withTag(imageTag: string): (stored: () => KubernetesObject) => KubernetesObject {
  return (stored) => {
    const object = stored();
    return { ...object, spec: { ...(object['spec'] as object), imageTag } };
  };
}
