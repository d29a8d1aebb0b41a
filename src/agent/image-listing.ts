import { isHostContainer } from '#attribution/host-container.js';
import type { ImageFiles } from '#attribution/runtimes/image-files.js';
import { AgentError } from '#model/agent-error.js';
import type { Container, ContainerEvent } from '#model/container.js';
import { inBackground } from '#runtime/background.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ImageFileLists } from '#storage/image-file-lists.js';

interface ImageListingParts {
  readonly files: Pick<ImageFiles, 'of'>;
  /** Where the lists go. */
  readonly lists: ImageFileLists;
  /** A list was kept, or will not come: what waited for it can be merged. */
  readonly onSettled: () => void;
  readonly log: Logger;
  /** Ends the listing under way and those that wait for their turn. What waits for their lists goes on to wait, for the next start of the agent. */
  readonly signal: AbortSignal;
}

/**
 * Lists the files of each container's image when the container starts, in the background, and hands them to the store if that does
 * not have them. A list that cannot be had is no error: profiles of the image go without. Made before the store merges anything, so that
 * what was learned before the agent started can wait for its list.
 */
export class ImageListing {
  readonly #parts: ImageListingParts;
  /** Digests of images whose listing is under way or waits for its turn. */
  readonly #underway = new Map<string, Promise<void>>();

  constructor(parts: ImageListingParts) {
    this.#parts = parts;
    parts.lists.begin();
  }

  /** Takes what the container runtime said. Never throws. */
  acceptContainerEvent(event: ContainerEvent): void {
    if (event.type === 'container-removed' || this.#parts.signal.aborted) return;
    const { container } = event;
    const { kind, imageDigest } = container;
    if (kind === 'sandbox' || isHostContainer(container) || imageDigest === '') return;
    if (this.#underway.has(imageDigest)) return;
    const work = inBackground('listing the files of an image', this.#parts.log, () =>
      this.#list(container).finally(() => this.#underway.delete(imageDigest)),
    );
    this.#underway.set(imageDigest, work);
  }

  /** Settles when nothing is under way of what was begun before this call. */
  async settled(): Promise<void> {
    await Promise.all(this.#underway.values());
  }

  async #list(container: Container): Promise<void> {
    const { files, lists, onSettled, log, signal } = this.#parts;
    const { imageDigest } = container;
    try {
      if (lists.ask(imageDigest)) return;
      const found = await files.of(container, { signal });
      const isKept = lists.keep(imageDigest, found);
      log.debug(isKept ? 'image listed' : 'no room for the files of an image', {
        imageDigest,
        files: found.size,
      });
    } catch (reason) {
      const fields = { imageDigest, ...errorFields(AgentError.from(reason)) };
      log.debug('the files of an image are not known', fields);
      if (signal.aborted) return;
    }
    lists.giveUp(imageDigest);
    onSettled();
  }
}
