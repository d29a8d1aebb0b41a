import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { layerFiles } from './layer-files.ts';
import { overlayLayers } from './overlay-layers.ts';

/** Of one image; some 100 bytes each. An image with more is not listed. */
const MAX_PATHS = 200_000;
/** Of all images that are remembered, and of those that could not be listed. */
const MAX_REMEMBERED_PATHS = 200_000;
const MAX_REMEMBERED_IMAGES = 64;
const BUDGET_MS = 10_000;

interface ImageFilesOptions {
  readonly clock: Clock;
  /** `/proc` of the host; `/proc` when absent. */
  readonly procRoot?: string;
  /** Where the host's root is seen; `/` when absent. */
  readonly hostRoot?: string;
  readonly maxPaths?: number;
}

type Files = ReadonlySet<string> | undefined;

/**
 * The files of container images, from the layers that lie below a running container. One image is listed at a time, and its
 * list remembered by its digest.
 */
export class ImageFiles {
  readonly #options: ImageFilesOptions;
  /** The one that was asked for last stands last. */
  readonly #known = new Map<string, Files>();
  #knownPaths = 0;
  /** The listing under way, or the last one. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ImageFilesOptions) {
    this.#options = options;
  }

  /** Paths that are remembered, of all images. */
  get size(): number {
    return this.#knownPaths;
  }

  /**
   * Paths as the container sees them, files and links. Undefined when it cannot be known: the container does not run, its root is
   * no overlay, its layers cannot be read from here, there are more than 200,000 files or it takes longer than ten seconds.
   * Whole or nothing: a part would depend on chance. Rejects with `aborted` only.
   */
  async of(
    { pid, imageDigest }: Pick<Container, 'pid' | 'imageDigest'>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Files> {
    if (imageDigest !== '' && this.#known.has(imageDigest)) return this.#remembered(imageDigest);
    const layers = pid > 0 ? await this.#layersOf(pid) : undefined;
    if (layers === undefined) return undefined;
    const key = imageDigest || layers.join(':');
    const turn = this.#turn.then(() => this.#list(key, layers, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #list(key: string, layers: readonly string[], signal: AbortSignal): Promise<Files> {
    if (this.#known.has(key)) return this.#remembered(key);
    const { clock, maxPaths = MAX_PATHS, hostRoot = '/' } = this.#options;
    const what = 'listing the files of an image';
    const folders = layers.map((layer) => join(hostRoot, layer));
    let files: Files;
    try {
      files = await withBudget({ clock, budgetMs: BUDGET_MS, signal, what }, (listing) =>
        layerFiles(folders, { maxPaths, signal: listing }),
      );
    } catch (reason) {
      if (signal.aborted) throw AgentError.from(reason);
    }
    this.#remember(key, files);
    return files;
  }

  async #layersOf(pid: number): Promise<readonly string[] | undefined> {
    const file = join(this.#options.procRoot ?? '/proc', String(pid), 'mountinfo');
    const mountinfo = await readFile(file, 'utf8').catch(() => '');
    return overlayLayers(mountinfo);
  }

  #remembered(key: string): Files {
    const files = this.#known.get(key);
    this.#known.delete(key);
    this.#known.set(key, files);
    return files;
  }

  #remember(key: string, files: Files): void {
    this.#known.set(key, files);
    this.#knownPaths += files?.size ?? 0;
    for (const [oldest, old] of this.#known) {
      const isRoom =
        this.#knownPaths <= MAX_REMEMBERED_PATHS && this.#known.size <= MAX_REMEMBERED_IMAGES;
      if (isRoom || oldest === key) return;
      this.#known.delete(oldest);
      this.#knownPaths -= old?.size ?? 0;
    }
  }
}
