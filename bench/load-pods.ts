import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageSpec } from '../test/live/harness/image-archive.ts';
import { fillBusybox } from '../test/live/harness/images.ts';
import { runPod } from '../test/live/harness/pods.ts';
import type { PrivateContainerd } from '../test/live/harness/private-containerd.ts';
import { waitFor } from '../test/live/harness/wait-for.ts';

/** What the load does in each second, by what it counts. */
export const LOAD_RATES = {
  open: 1_000,
  http: 100,
  exec: 10,
  network: 10,
  symlink: 10,
  hardlink: 10,
  dns: 2,
} as const;
/** How many milliseconds of each second it computes, on one processor. */
export const LOAD_CPU_MS = 100;

/** How often the load has done each of its acts. */
export type LoadCounts = Readonly<Record<keyof typeof LOAD_RATES, number>>;

const loadImage: ImageSpec = {
  name: 'hullwatch.test/load:1',
  command: ['/usr/bin/load', 'serve'],
  fill: async (root) => {
    await fillBusybox(root);
    await root.compiled('/usr/bin/load', fileURLToPath(new URL('load.c', import.meta.url)));
  },
};

/** Two pods on a network of their own: `web` serves, `load` makes the load mix with it until they are removed. */
export class LoadPods {
  /** Container ids: of the one that serves, and of the one that makes the load. */
  readonly ids: readonly string[];
  readonly #log: string;

  private constructor(ids: readonly string[], log: string) {
    this.ids = ids;
    this.#log = log;
  }

  /** Settles when the load is being made. */
  static async start(containerd: PrivateContainerd, cpuMs = LOAD_CPU_MS): Promise<LoadPods> {
    const pod = (name: string, at: number) => ({
      ...{ name: `${name}-6d4f8b7c9d-x2x7k`, namespace: 'shop' },
      uid: `0b6d5c1e-0000-4000-8000-00000000ab0${at}`,
      labels: { app: name, 'pod-template-hash': '6d4f8b7c9d' },
    });
    const web = pod('web', 1);
    const served = await runPod(containerd, {
      ...web,
      containers: [{ name: 'web', image: loadImage }],
    });
    const load = pod('load', 2);
    const command = ['/usr/bin/load', 'run', served.ip, String(cpuMs)];
    const made = await runPod(containerd, {
      ...load,
      containers: [{ name: 'load', image: loadImage, command }],
    });
    const folder = `${load.namespace}_${load.name}_${load.uid}`;
    const log = join(containerd.paths.containerLogs, folder, 'load', '0.log');
    const ids = [served.containerIds.get('web') ?? '', made.containerIds.get('load') ?? ''];
    const pods = new LoadPods(ids, log);
    await waitFor('the load to be made', () => pods.counts().open > 0, 10_000);
    return pods;
  }

  /** What was done so far, as far as the last whole second. */
  counts(): LoadCounts {
    const lines = readFileSync(this.#log, 'utf8').trim().split('\n');
    // A line of CRI's log begins with its time, its stream and a mark.
    const last = lines.findLast((line) => line.includes('{')) ?? '{"open":0}';
    return JSON.parse(last.slice(last.indexOf('{')));
  }
}
