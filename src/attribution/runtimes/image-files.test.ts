import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { PathHashes } from '#profile/collapse/path-hashes.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ImageFiles } from './image-files.ts';
import { overlayLayers } from './overlay-layers.ts';

const { signal } = new AbortController();

/** A host with layers of images and a `/proc`, in a temporary folder. */
class Host implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'hullwatch-image-'));
  readonly procRoot = join(this.root, 'proc');

  layer(name: string, ...paths: readonly string[]): string {
    for (const path of ['.keep-folder', ...paths]) {
      const file = join(this.root, 'layers', name, path);
      mkdirSync(dirname(file), { recursive: true });
      if (path !== '.keep-folder') writeFileSync(file, '');
    }
    return `/layers/${name}`;
  }

  process(pid: number, options: string, type = 'overlay'): void {
    mkdirSync(join(this.procRoot, String(pid)), { recursive: true });
    const lines = [
      '31 30 0:5 / /proc rw - proc proc rw',
      `30 1 0:4 / / rw,relatime shared:1 master:2 - ${type} ${type} rw,${options}`,
    ];
    writeFileSync(join(this.procRoot, String(pid), 'mountinfo'), `${lines.join('\n')}\n`);
  }

  files(maxPaths = 100): ImageFiles {
    const { procRoot, root: hostRoot } = this;
    return new ImageFiles({ clock: new VirtualClock(), procRoot, hostRoot, maxPaths });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

const PATHS = ['/a', '/b', '/app/old', '/app/run', '/bin/ash', '/bin/sh', '/loop', '/gone/x'];

/** Those of the usual paths that are in a list, which has no others. */
function pathsIn(files: PathHashes): readonly string[] {
  const found = PATHS.filter((path) => files.has(path));
  assert.equal(files.size, found.length);
  return found;
}

const container = (pid: number, imageDigest = '') => ({ pid, imageDigest });

describe('the files of an image', () => {
  it('are those of all its layers, links too, and not those of the container', async () => {
    using host = new Host();
    const [top, base] = [host.layer('top', 'app/run'), host.layer('base', 'bin/sh', 'app/old')];
    host.layer('own', 'tmp/new');
    symlinkSync('/bin/sh', join(host.root, base, 'bin/ash'));
    symlinkSync('/', join(host.root, base, 'loop'));
    host.process(7, `lowerdir=${top}:${base},upperdir=/layers/own,workdir=/w`);
    const files = await host.files().of(container(7), { signal });
    assert.deepEqual(pathsIn(files), ['/app/old', '/app/run', '/bin/ash', '/bin/sh', '/loop']);
  });

  it('are not those that an upper layer deleted', async (t) => {
    using host = new Host();
    const [top, base] = [host.layer('top', 'a'), host.layer('base', 'b', 'gone/x', 'gone/y/z')];
    const made = spawnSync('mknod', [join(host.root, top, 'gone'), 'c', '0', '0']);
    if (made.status !== 0) return t.skip('needs mknod');
    host.process(7, `lowerdir=${top}:${base},upperdir=/u,workdir=/w`);
    assert.deepEqual(pathsIn(await host.files().of(container(7), { signal })), ['/a', '/b']);
  });

  it('are not known where there is no overlay, no process or no layer', async () => {
    using host = new Host();
    host.process(7, 'subvol=/x', 'btrfs');
    host.process(8, 'lowerdir=/layers/nowhere,upperdir=/u');
    const files = host.files();
    for (const pid of [0, 6, 7, 8]) {
      await assert.rejects(files.of(container(pid), { signal }), { code: 'unavailable' }, `${pid}`);
    }
  });

  it('are whole or not known at all', async () => {
    using host = new Host();
    const [top, base] = [host.layer('top', 'a', 'b', 'c/d'), host.layer('base', 'a', 'b', 'c/d')];
    host.process(7, `lowerdir=${top}:${base},upperdir=/u`);
    const whole = await host.files(3).of(container(7), { signal });
    assert.equal(whole.size, 3, 'what is in several layers counts once');
    for (const [max, layer] of [
      [2, base],
      [1, host.layer('one', 'e', 'f', 'g')],
      [2, host.layer('folders', 'h/i', 'j/k', 'l/m')],
    ] as const) {
      host.process(8, `lowerdir=${layer},upperdir=/u`);
      await assert.rejects(host.files(max).of(container(8), { signal }), { code: 'too-large' });
    }
  });

  it('are listed one image at a time, also when the container has ended since', async () => {
    using host = new Host();
    for (const pid of [7, 8]) {
      host.process(pid, `lowerdir=${host.layer(`of${pid}`, `${pid}`)},upperdir=/u`);
    }
    const files = host.files();
    const both = [7, 8].map((pid) => files.of(container(pid, `sha256:${pid}`), { signal }));
    const [first] = await Promise.all(both);
    assert.equal(first?.has('/7'), true);
    assert.equal(first?.has('/8'), false);
  });

  it('of one that is too large are not listed again, as long as it is remembered', async () => {
    using host = new Host();
    const small = host.layer('small', 'a');
    host.process(7, `lowerdir=${host.layer('large', 'a', 'b', 'c/d')},upperdir=/u`);
    host.process(8, `lowerdir=${small},upperdir=/u`);
    const files = host.files(2);
    const large = (n: number) => files.of(container(7, `${n}`), { signal });
    for (let n = 0; n < 65; n += 1) await assert.rejects(large(n), { code: 'too-large' });
    // What stands below the container makes no difference to an image that is remembered.
    await assert.rejects(files.of(container(8, '1'), { signal }), { code: 'too-large' });
    assert.equal((await files.of(container(8, '0'), { signal })).size, 1);
  });

  it('are listed no more when nobody wants them, and are listed later', async () => {
    using host = new Host();
    const layer = host.layer('base', 'a');
    host.process(7, `lowerdir=${layer},upperdir=/u`);
    const files = host.files();
    const aborted = AbortSignal.abort();
    await assert.rejects(files.of(container(7, 'x'), { signal: aborted }), { code: 'aborted' });
    assert.equal((await files.of(container(7, 'x'), { signal })).size, 1);
  });
});

describe('the layers below a container', () => {
  const layersOf = (options: string) => overlayLayers(`30 1 0:4 / / rw - overlay o ${options}`);

  it('are read however runtimes and kernels write them', () => {
    for (const [options, expected] of [
      ['rw,lowerdir=/a:/b,upperdir=/u/diff', ['/a', '/b']],
      ['rw,lowerdir=l/A:l/B,upperdir=/docker/overlay2/x/diff', ['l/A', 'l/B'].map(below)],
      ['rw,lowerdir+=/a,lowerdir+=/b,upperdir=/u', ['/a', '/b']],
      ['rw,lowerdir=/a\\:b:/c\\040d:/e\\,f', ['/a:b', '/c d', '/e,f']],
      ['rw,upperdir=/u', undefined],
      ['rw', undefined],
    ] as const) {
      assert.deepEqual(layersOf(options), expected, options);
    }
    assert.equal(overlayLayers(''), undefined);
    assert.equal(overlayLayers('30 1 0:4 / /proc rw - overlay o lowerdir=/a'), undefined);
  });
});

function below(path: string): string {
  return join('/docker/overlay2', path);
}
