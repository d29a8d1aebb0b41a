import { globSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import type { ImageSpec, Rootfs } from './image-archive.ts';

const here = import.meta.dirname;

/** What holds the namespaces of a pod: one static program that waits and reaps. */
export const pauseImage: ImageSpec = {
  name: 'hullwatch.test/pause:1',
  command: ['/pause'],
  fill: (root) => root.compiled('/pause', join(here, 'pause.c')),
};

/** A small Linux: Debian's static BusyBox, with a file in /bin for each of its commands. */
export const busyboxImage: ImageSpec = {
  name: 'hullwatch.test/busybox:1',
  command: ['/bin/sh'],
  fill: fillBusybox,
};

/** BusyBox and `/usr/bin/acts`, which does on command what sensors and benches want to see. */
export const actsImage: ImageSpec = {
  name: 'hullwatch.test/acts:1',
  command: ['/usr/bin/acts', 'sleep', '3600'],
  fill: async (root) => {
    await fillBusybox(root);
    await root.compiled('/usr/bin/acts', join(here, 'acts.c'));
  },
};

const EVERYTHING = join(here, '..', '..', '..', 'src', 'sensor', 'testing', 'everything');

/**
 * BusyBox and `/usr/bin/everything`, which does whatever a sensor can tell of. Under the names `/bin/other`, `/bin/known` and
 * `/usr/bin/kubectl` the same program does nothing.
 */
export const everythingImage: ImageSpec = {
  name: 'hullwatch.test/everything:1',
  command: ['/usr/bin/everything', 'hold'],
  fill: async (root) => {
    await fillBusybox(root);
    await root.compiled('/usr/bin/everything', ...globSync(join(EVERYTHING, '*.c')).sort());
    for (const name of ['/bin/other', '/bin/known', '/usr/bin/kubectl']) {
      await root.hardLink(name, '/usr/bin/everything');
    }
    await root.file('/etc/hostname', 'everything\n');
  },
};

/** Puts BusyBox, accounts and the usual folders in place. */
export async function fillBusybox(root: Rootfs): Promise<void> {
  for (const path of ['/etc', '/proc', '/sys', '/dev', '/run', '/root', '/srv', '/var/lib']) {
    await root.folder(path);
  }
  await root.folder('/tmp', 0o1777);
  await root.symlink('/var/run', '/run');
  await root.program('/bin/busybox', '/bin/busybox');
  // Through a symbolic link every program would be /bin/busybox to the kernel.
  for (const applet of await applets()) await root.hardLink(`/bin/${applet}`, '/bin/busybox');
  await root.file(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await root.file('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  await root.file('/etc/shadow', 'root:*:20000:0:99999:7:::\n', 0o640);
}

async function applets(): Promise<readonly string[]> {
  const listed = (await mustRun('/bin/busybox', ['--list'])).trim().split('\n');
  return listed.filter((applet) => applet !== 'busybox');
}
