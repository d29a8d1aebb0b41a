import type { Socket } from 'node:net';

/** Some scrapers, some people. */
const MAX_CONNECTIONS = 64;

/** A server accepts several in one go, and one that lost its place is closed only afterwards. */
export const MAX_OPEN_CONNECTIONS = 4 * MAX_CONNECTIONS;

/**
 * The connections of a server, a bounded number. A new one always gets a place, if need be that of the oldest
 * whose request is not whole yet, else of the oldest: who is slow does not keep away who is quick.
 */
export class ConnectionPlaces {
  /** Oldest first. */
  readonly #asking = new Set<Socket>();
  readonly #answered = new Set<Socket>();

  take(socket: Socket): void {
    this.#asking.add(socket);
    socket.once('close', () => {
      this.#asking.delete(socket);
      this.#answered.delete(socket);
    });
    if (this.#asking.size + this.#answered.size > MAX_CONNECTIONS) this.#dropOldest(socket);
  }

  /** Its request is whole. */
  hasAsked(socket: Socket): void {
    if (this.#asking.delete(socket)) this.#answered.add(socket);
  }

  #dropOldest(newest: Socket): void {
    const [first = newest] = this.#asking;
    const [oldest] = first === newest ? this.#answered : this.#asking;
    if (oldest === undefined) return;
    this.#asking.delete(oldest);
    this.#answered.delete(oldest);
    oldest.destroy();
  }
}
