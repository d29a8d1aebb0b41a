import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the small files of /proc and /sys; what cannot be read is not there. */
export class MachineFiles {
  readonly #root: string;

  /** @param root the folder that stands for `/` */
  constructor(root: string) {
    this.#root = root;
  }

  has(path: string): boolean {
    return existsSync(join(this.#root, path));
  }

  read(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8');
    } catch {
      return undefined;
    }
  }
}
