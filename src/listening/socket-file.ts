import { lstat, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { AgentError } from '#model/agent-error.js';

/**
 * Makes way for a listener at `path`: removes the socket that a process left behind when it died. `name` is that of
 * the option, for messages.
 * Rejects with `unavailable` when a process listens there, with `not-found` when there is no folder for it,
 * with `invalid` when something other than a socket is in the way.
 */
export async function clearSocketPath(path: string, name: string): Promise<void> {
  const ifAbsent = absentOr(name);
  const found = await lstat(path).catch(ifAbsent);
  if (!found) return requireFolder(dirname(path), name);
  if (!found.isSocket()) {
    throw new AgentError('invalid', `${name}: ${path} is there already and is not a socket`);
  }
  const refusal = await probe(path);
  if (refusal === undefined) {
    throw new AgentError(
      'unavailable',
      `${name}: a running process listens on ${path} already; is there another agent?`,
    );
  }
  if (refusal.code !== 'ECONNREFUSED' && refusal.code !== 'ENOENT')
    throw cannotUse(path, refusal, name);
  await unlink(path).catch(ifAbsent);
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

async function requireFolder(folder: string, name: string): Promise<void> {
  const found = await stat(folder).catch(absentOr(name));
  if (found?.isDirectory()) return;
  throw new AgentError(
    'not-found',
    `${name}: there is no folder ${folder} for the socket; make it, for example with "mkdir -p ${folder}"`,
  );
}

/** Why nobody answers there; undefined when somebody does. */
function probe(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

function absentOr(name: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw cannotUse(error.path ?? 'the socket', error, name);
  };
}

function cannotUse(path: string, cause: NodeJS.ErrnoException, name: string): AgentError {
  return new AgentError('unavailable', `${name}: cannot use ${path}: ${cause.message}`, { cause });
}
