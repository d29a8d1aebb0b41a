import { statSync } from 'node:fs';
import { AgentError } from '#model/agent-error.js';

/** SQLite's name for a database that lives in memory and ends with its connection. */
export const IN_MEMORY = ':memory:';

/**
 * The file under a database that is open: whether its name still leads to it. A connection goes on with
 * a file that was removed or replaced, and what it writes there is lost with the process.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #identity: string | undefined;
  #isLost = false;

  /** To be made while `path` leads to the file that was opened. `:memory:` is never looked at. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = path === IN_MEMORY ? undefined : identityOf(path);
  }

  /** What the last look found. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Looks, in a few microseconds. Throws `unavailable` when the name leads nowhere or to another file; a
   * file that has come back is welcome.
   */
  look(): void {
    if (this.#identity === undefined) return;
    try {
      this.#isLost = identityOf(this.#path) !== this.#identity;
    } catch {
      // The folder cannot be read just now: this tells nothing of the file.
    }
    if (!this.#isLost) return;
    throw new AgentError(
      'unavailable',
      `profile store ${this.#path} was removed or replaced while it was open: restart the agent`,
    );
  }
}

/** Undefined when there is none. As large as they come: some file systems number beyond 2^53. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
