import { dirname } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { TextFile, TextFiles } from '../text-files.ts';

/** Files that are given as text, by their paths. */
export class GivenTextFiles implements TextFiles {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = new Map(Object.entries(texts));
  }

  async read(path: string): Promise<readonly TextFile[]> {
    const text = this.#texts.get(path);
    if (text !== undefined) return [{ file: path, text }];
    const inside = [...this.#texts].filter(([file]) => dirname(file) === path);
    if (inside.length === 0) throw new AgentError('not-found', `${path}: no such file or folder`);
    return inside.map(([file, content]) => ({ file, text: content }));
  }
}
