import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextFile, TextFiles } from '#agent/rule-tests/text-files.js';
import { isManifestName } from '#kube/manifests.js';
import { AgentError } from '#model/agent-error.js';

/** Far above any file of rules that a person writes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Files of this machine. */
export const openedTextFiles: TextFiles = {
  async read(path) {
    const files = await filesOf(path);
    const read: TextFile[] = [];
    for (const file of files) read.push({ file, text: await textOf(file) });
    return read;
  },
};

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => isManifestName(entry.name) && !entry.isDirectory())
      .map((entry) => join(path, entry.name))
      .sort();
  } catch (reason) {
    throw unreadable(path, reason);
  }
}

async function textOf(file: string): Promise<string> {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for somebody to write to it.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new AgentError('invalid', `${file}: expected a regular file`);
      if (stats.size > MAX_FILE_BYTES) {
        const message = `${file}: expected at most ${MAX_FILE_BYTES} bytes, got ${stats.size}`;
        throw new AgentError('too-large', message);
      }
      return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (reason) {
    throw unreadable(file, reason);
  }
}

function unreadable(path: string, reason: unknown): AgentError {
  if (reason instanceof AgentError) return reason;
  const { code } = reason as { readonly code?: unknown };
  if (code === 'ENOENT') {
    return new AgentError('not-found', `${path}: no such file or folder`, { cause: reason });
  }
  const what =
    reason instanceof TypeError ? 'expected text in UTF-8' : AgentError.from(reason).message;
  return new AgentError('invalid', `${path}: ${what}`, { cause: reason });
}
