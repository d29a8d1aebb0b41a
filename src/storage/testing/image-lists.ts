import { PathHashCollector, type PathHashes } from '#profile/collapse/path-hashes.js';
import type { Clock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { openSqliteProfileStore, type SqliteProfileStore } from '../sqlite-profile-store.ts';
import { aReport } from './sample-profiles.ts';

const { signal } = new AbortController();

/** The file list of an image. */
export function filesOf(...paths: readonly string[]): PathHashes {
  const collector = new PathHashCollector();
  for (const path of paths) collector.add(path);
  return collector.finish();
}

/** A store in a file; patterns stand for more than two children of a folder. */
export async function storeOf(path: string, clock: Clock): Promise<SqliteProfileStore> {
  const sources = { clock, random: seededRandom(1), log: silentLogger };
  const store = openSqliteProfileStore({ path, ...sources });
  const key = { namespace: '', name: 'default' };
  if (await store.objects.get('CollapseConfiguration', key, { signal, withBody: false })) {
    return store;
  }
  const settings = {
    apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
    kind: 'CollapseConfiguration',
    metadata: key,
    spec: { openDynamicThreshold: 2 },
  };
  await store.objects.create('CollapseConfiguration', settings, { signal });
  return store;
}

/** The report of one minute in which a container of an image opened these files. */
export function opened(minute: number, image: string, paths: readonly string[]) {
  return aReport([minute, minute + 1], {
    spec: { imageID: `shop.test/web@${image}`, opens: paths.map((each) => ({ path: each })) },
  });
}
