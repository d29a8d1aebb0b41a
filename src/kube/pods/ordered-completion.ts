import type { Container, ContainerEvent } from '#model/container.js';
import { errorFields, type Logger } from '#runtime/log.js';

interface OrderedCompletionOptions {
  /** Returns the container with what is still to be learned of it; `signal` aborts when it must end. */
  readonly complete: (
    container: Container,
    options: { readonly signal: AbortSignal },
  ) => Promise<Container>;
  /** Takes every event. Must not throw. */
  readonly onEvent: (event: ContainerEvent) => void;
  readonly log: Logger;
}

/**
 * Completes the containers of `container-added` events on their way. The events of one id keep their
 * order: a removal never overtakes its addition. Different containers do not wait for each other.
 */
export class OrderedCompletion {
  readonly #options: OrderedCompletionOptions;
  readonly #end = new AbortController();
  /** The newest delivery under way of each container. */
  readonly #deliveries = new Map<string, Promise<void>>();

  constructor(options: OrderedCompletionOptions) {
    this.#options = options;
  }

  /** Containers of which something is still to be handed on. */
  get waiting(): number {
    return this.#deliveries.size;
  }

  /** Hands `event` on: a removal with nothing before it at once, an addition when it is complete. */
  accept(event: ContainerEvent): void {
    const id = event.type === 'container-added' ? event.container.id : event.containerId;
    const previous = this.#deliveries.get(id);
    if (event.type === 'container-removed' && previous === undefined) {
      this.#options.onEvent(event);
      return;
    }
    const ready = event.type === 'container-added' ? this.#completed(event) : event;
    const delivery = this.#deliver(previous, ready).then(() => {
      if (this.#deliveries.get(id) === delivery) this.#deliveries.delete(id);
    });
    this.#deliveries.set(id, delivery);
  }

  /**
   * Ends every wait and settles when all that was accepted is handed on. What is accepted from now on
   * is not waited for either.
   */
  async drain(): Promise<void> {
    this.#end.abort();
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries.values());
  }

  async #deliver(
    previous: Promise<void> | undefined,
    ready: ContainerEvent | Promise<ContainerEvent>,
  ): Promise<void> {
    const event = await ready;
    await previous;
    this.#options.onEvent(event);
  }

  async #completed(
    event: Extract<ContainerEvent, { type: 'container-added' }>,
  ): Promise<ContainerEvent> {
    const { complete, log } = this.#options;
    try {
      return { ...event, container: await complete(event.container, { signal: this.#end.signal }) };
    } catch (reason) {
      const { id } = event.container;
      log.error('cannot complete a container', { containerId: id, ...errorFields(reason) });
      return event;
    }
  }
}
