import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
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

const sorted = (files: ReadonlySet<string> | undefined) => files && [...files].sort();

describe('the files of an image', () => {
  it('are those of all its layers, links too, and not those of the container', async () => {
    using host = new Host();
    const [top, base] = [host.layer('top', 'app/run'), host.layer('base', 'bin/sh', 'app/old')];
    host.layer('own', 'tmp/new');
    symlinkSync('/bin/sh', join(host.root, base, 'bin/ash'));
    symlinkSync('/', join(host.root, base, 'loop'));
    host.process(7, `lowerdir=${top}:${base},upperdir=/layers/own,workdir=/w`);
    const files = await host.files().of({ pid: 7, imageDigest: '' }, { signal });
    assert.deepEqual(sorted(files), ['/app/old', '/app/run', '/bin/ash', '/bin/sh', '/loop']);
  });

  it('are not those that an upper layer deleted', async (t) => {
    using host = new Host();
    const [top, base] = [host.layer('top', 'a'), host.layer('base', 'b', 'gone/x', 'gone/y/z')];
    const made = spawnSync('mknod', [join(host.root, top, 'gone'), 'c', '0', '0']);
    if (made.status !== 0) return t.skip('needs mknod');
    host.process(7, `lowerdir=${top}:${base},upperdir=/u,workdir=/w`);
    const files = await host.files().of({ pid: 7, imageDigest: '' }, { signal });
    assert.deepEqual(sorted(files), ['/a', '/b']);
  });

  it('are not known where there is no overlay, no process or no layer', async () => {
    using host = new Host();
    host.process(7, 'subvol=/x', 'btrfs');
    host.process(8, 'lowerdir=/layers/nowhere,upperdir=/u');
    const files = host.files();
    for (const pid of [0, 6, 7, 8]) {
      assert.equal(await files.of({ pid, imageDigest: '' }, { signal }), undefined, `${pid}`);
    }
  });

  it('are whole or not known at all', async () => {
    using host = new Host();
    const layer = host.layer('base', 'a', 'b', 'c/d');
    host.process(7, `lowerdir=${layer},upperdir=/u`);
    const whole = await host.files(3).of({ pid: 7, imageDigest: '' }, { signal });
    assert.equal(whole?.size, 3);
    assert.equal(await host.files(2).of({ pid: 7, imageDigest: '' }, { signal }), undefined);
  });

  it('are listed once for an image, and known after its containers have ended', async () => {
    using host = new Host();
    const layer = host.layer('base', 'a');
    host.process(7, `lowerdir=${layer},upperdir=/u`);
    const files = host.files();
    const container = { pid: 7, imageDigest: 'sha256:x' };
    const both = await Promise.all([1, 2].map(() => files.of(container, { signal })));
    assert.equal(both[0], both[1]);
    assert.equal(await files.of({ pid: 0, imageDigest: 'sha256:x' }, { signal }), both[0]);
    assert.equal(files.size, 1);
  });

  it('of many images are forgotten, those first that were not asked for', async () => {
    using host = new Host();
    const layer = host.layer('base', 'a');
    host.process(7, `lowerdir=${layer},upperdir=/u`);
    const files = host.files();
    for (let n = 0; n < 64; n += 1) await files.of({ pid: 7, imageDigest: `${n}` }, { signal });
    await files.of({ pid: 0, imageDigest: '0' }, { signal });
    await files.of({ pid: 7, imageDigest: '64' }, { signal });
    assert.equal((await files.of({ pid: 0, imageDigest: '0' }, { signal }))?.size, 1);
    assert.equal(await files.of({ pid: 0, imageDigest: '1' }, { signal }), undefined);
    assert.equal(files.size, 64);
  });

  it('are listed no more when nobody wants them, and are listed later', async () => {
    using host = new Host();
    const layer = host.layer('base', 'a');
    host.process(7, `lowerdir=${layer},upperdir=/u`);
    const files = host.files();
    const container = { pid: 7, imageDigest: 'sha256:x' };
    const aborted = AbortSignal.abort();
    await assert.rejects(files.of(container, { signal: aborted }), { code: 'aborted' });
    assert.equal((await files.of(container, { signal }))?.size, 1);
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
