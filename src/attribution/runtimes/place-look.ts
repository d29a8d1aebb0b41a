import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';

/** What stands at a path of this host, for those who say what is missing there. */
export type PlaceLook =
  | { readonly kind: 'socket' | 'folder' | 'missing' }
  /** A regular file, a named pipe or a device, which we may read. */
  | { readonly kind: 'readable' }
  /** It cannot be reached, or not be read: why. */
  | { readonly kind: 'denied'; readonly message: string };

/** Looks without opening anything. Never rejects. */
export async function lookAt(path: string): Promise<PlaceLook> {
  try {
    const found = await stat(path);
    if (found.isSocket()) return { kind: 'socket' };
    if (found.isDirectory()) return { kind: 'folder' };
    await access(path, constants.R_OK);
    return { kind: 'readable' };
  } catch (reason) {
    if (Object(reason).code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'denied', message: AgentError.from(reason).message };
  }
}
