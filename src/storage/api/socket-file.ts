import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { AgentError } from '#model/agent-error.js';

/**
 * Makes way for a listener at `path`: removes the socket that a process left behind when it died. Rejects
 * with `unavailable` when a process listens there, with `invalid` when something else is in the way.
 */
export async function clearSocketPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) {
    throw new AgentError('invalid', `listen: ${path} is there already and is not a socket`);
  }
  if (await answers(path)) {
    throw new AgentError('unavailable', `listen: a running process listens on ${path} already`);
  }
  await unlink(path).catch(() => undefined);
}

/** Runs `listen` so that a socket which it makes at once can be opened by its owner only (mode 0600). */
export function withPrivateMode(listen: () => void): void {
  const umask = process.umask(0o177);
  try {
    listen();
  } finally {
    process.umask(umask);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
