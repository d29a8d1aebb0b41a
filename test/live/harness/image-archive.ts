import { createHash } from 'node:crypto';
import {
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mustRun } from './command.ts';

/** A container image to be made out of nothing: no registry, no daemon, one layer. */
export interface ImageSpec {
  /** The full reference. Use a host below `.test`, which exists nowhere. */
  readonly name: string;
  /** What a container of it runs when it is not told otherwise. */
  readonly command: readonly string[];
  /** Puts the files of the image in place. */
  readonly fill: (root: Rootfs) => Promise<void>;
}

/** The file system of an image while it is made. Paths are those within the container. */
export class Rootfs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async folder(path: string, mode = 0o755): Promise<void> {
    await mkdir(this.#at(path), { recursive: true });
    await chmod(this.#at(path), mode);
  }

  async file(path: string, content: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.#at(path)), { recursive: true });
    await writeFile(this.#at(path), content);
    await chmod(this.#at(path), mode);
  }

  async program(path: string, copyOf: string): Promise<void> {
    await mkdir(dirname(this.#at(path)), { recursive: true });
    await cp(copyOf, this.#at(path), { dereference: true });
    await chmod(this.#at(path), 0o755);
  }

  /** Compiles C files into one static program. */
  async compiled(path: string, ...sources: readonly string[]): Promise<void> {
    await mkdir(dirname(this.#at(path)), { recursive: true });
    await mustRun('cc', ['-static', '-O2', '-s', '-Wall', '-o', this.#at(path), ...sources]);
  }

  async symlink(path: string, target: string): Promise<void> {
    await mkdir(dirname(this.#at(path)), { recursive: true });
    await symlink(target, this.#at(path));
  }

  /** Another name of a file that is there already: the kernel tells programs by it. */
  async hardLink(path: string, existing: string): Promise<void> {
    await link(this.#at(existing), this.#at(path));
  }

  #at(path: string): string {
    return join(this.#folder, path);
  }
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
/** The archive depends on the content only: every file has the same owner and time. */
const REPRODUCIBLE = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];

/**
 * Makes an image and writes it to `archive` in the OCI image layout, as a tar that
 * `ctr images import` takes. See the image-layout, manifest and config pages of
 * https://github.com/opencontainers/image-spec.
 */
export async function writeImageArchive(image: ImageSpec, archive: string): Promise<void> {
  const work = await mkdtemp(`${archive}.`);
  try {
    const root = join(work, 'root');
    const layout = join(work, 'layout');
    await mkdir(root);
    await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true });
    await image.fill(new Rootfs(root));
    await mustRun('tar', ['-C', root, ...REPRODUCIBLE, '-cf', join(work, 'layer.tar'), '.']);
    await writeLayout(image, layout, await readFile(join(work, 'layer.tar')));
    await mustRun('tar', ['-C', layout, '-cf', archive, '.']);
  } finally {
    await rm(work, { recursive: true });
  }
}

async function writeLayout(image: ImageSpec, layout: string, layer: Buffer): Promise<void> {
  const blob = async (mediaType: string, content: Buffer | string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(layout, 'blobs', 'sha256', hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  const platform = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' };
  const layerBlob = await blob(LAYER, layer);
  const config = {
    ...platform,
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: image.command },
    rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
  };
  const configBlob = await blob(CONFIG, JSON.stringify(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: configBlob,
    layers: [layerBlob],
  };
  const manifestBlob = await blob(MANIFEST, JSON.stringify(manifest));
  const annotations = { 'io.containerd.image.name': image.name };
  const index = { schemaVersion: 2, manifests: [{ ...manifestBlob, platform, annotations }] };
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
