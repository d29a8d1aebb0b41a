import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import type { PathHashes } from '#profile/collapse/path-hashes.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { layerFiles } from './layer-files.ts';
import { overlayLayers } from './overlay-layers.ts';

/** Of one image; 8 bytes each. An image with more is not listed. */
const MAX_PATHS = 200_000;
/** Images that are remembered because listing them failed. */
const MAX_REMEMBERED_FAILURES = 64;
const BUDGET_MS = 10_000;

interface ImageFilesOptions {
  readonly clock: Clock;
  /** `/proc` of the host; `/proc` when absent. */
  readonly procRoot?: string;
  /** Where the host's root is seen. Absent: where its first process has it, so also from within a pod with `hostPID`; else `/`. */
  readonly hostRoot?: string;
  readonly maxPaths?: number;
}

/**
 * Lists the files of container images, from the layers that lie below a running container. One image is listed at a time;
 * lists are not kept, only which images could not be listed.
 */
export class ImageFiles {
  readonly #options: ImageFilesOptions;
  /** Why, by digest; the oldest first. */
  readonly #failures = new Map<string, AgentError>();
  /** The listing under way, or the last one. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ImageFilesOptions) {
    this.#options = options;
  }

  /**
   * Paths as the container sees them, files and links. The container may end meanwhile, once this was called. Whole or not at all: a part
   * would depend on chance. Rejects with `unavailable` (the container does not run, its root is no overlay, a layer cannot be read
   * from here, it takes longer than ten seconds), with `too-large` (more than 200,000 files), or with `aborted`. An image that is too
   * large or took too long is not tried again soon.
   */
  async of(
    { pid, imageDigest }: Pick<Container, 'pid' | 'imageDigest'>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<PathHashes> {
    const failure = this.#failures.get(imageDigest);
    if (failure !== undefined) throw failure;
    const layers = pid > 0 ? await this.#layersOf(pid) : undefined;
    if (layers === undefined) {
      throw new AgentError('unavailable', 'the layers below the container are not known');
    }
    const turn = this.#turn.then(() => this.#list(imageDigest, layers, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #list(
    imageDigest: string,
    layers: readonly string[],
    signal: AbortSignal,
  ): Promise<PathHashes> {
    const { clock, maxPaths = MAX_PATHS } = this.#options;
    const what = 'listing the files of an image';
    const hostRoot = this.#options.hostRoot ?? (await firstRoot());
    const folders = layers.map((layer) => join(hostRoot, layer));
    const startMs = clock.monotonic();
    try {
      return await withBudget({ clock, budgetMs: BUDGET_MS, signal, what }, (listing) =>
        layerFiles(folders, { maxPaths, signal: listing }),
      );
    } catch (reason) {
      const error = AgentError.from(reason);
      const isSlow = clock.monotonic() - startMs >= BUDGET_MS;
      if (error.code === 'too-large' || isSlow) this.#rememberFailure(imageDigest, error);
      throw error;
    }
  }

  async #layersOf(pid: number): Promise<readonly string[] | undefined> {
    const file = join(this.#options.procRoot ?? '/proc', String(pid), 'mountinfo');
    const mountinfo = await readFile(file, 'utf8').catch(() => '');
    return overlayLayers(mountinfo);
  }

  #rememberFailure(imageDigest: string, error: AgentError): void {
    if (imageDigest === '') return;
    this.#failures.set(imageDigest, error);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_REMEMBERED_FAILURES) return;
      this.#failures.delete(oldest);
    }
  }
}

/** The root of the first process, when it is to be seen: a pod's own root has no layers. */
async function firstRoot(): Promise<string> {
  const root = '/proc/1/root';
  return access(join(root, 'proc')).then(
    () => root,
    () => '/',
  );
}
