import type { Container } from '#model/container.js';

/** So many containers are opened anew one by one; for one more all are. */
const MOST_CONTAINERS = 4_096;

/** Numbers that are another one after a container, or all, were opened anew; none ever comes back. */
export class DedupGenerations {
  readonly #byContainerId = new Map<string, number>();
  #newest = 1;
  #ofAll = 1;
  /** Events come in runs of one container. */
  #lastContainer: Container | undefined;
  #lastGeneration = 1;

  of(container: Container): number {
    if (container !== this.#lastContainer) {
      this.#lastContainer = container;
      this.#lastGeneration = this.#byContainerId.get(container.id) ?? this.#ofAll;
    }
    return this.#lastGeneration;
  }

  /** Opens one container anew, or all. */
  reopen(containerId?: string): void {
    this.#newest += 1;
    this.#lastContainer = undefined;
    const isRoom = this.#byContainerId.size < MOST_CONTAINERS;
    if (containerId !== undefined && (isRoom || this.#byContainerId.has(containerId))) {
      this.#byContainerId.set(containerId, this.#newest);
      return;
    }
    this.#byContainerId.clear();
    this.#ofAll = this.#newest;
  }
}
