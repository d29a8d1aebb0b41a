import { AgentError, type ErrorCode } from '#model/agent-error.js';

/** SQLite's primary result codes that mean something to whoever runs the agent. */
const MEANINGS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  5: ['unavailable', 'is busy: another process has been writing to it for too long'],
  6: ['unavailable', 'is busy: another process has been writing to it for too long'],
  8: ['unavailable', 'cannot be written: make the file and its folder writable for this user'],
  10: ['unavailable', 'cannot be read or written: check the disk'],
  11: [
    'internal',
    'is damaged: move it and the files named after it with -wal and -shm away to start empty, or put a backup in its place',
  ],
  13: [
    'unavailable',
    'cannot grow: free space on the disk, or raise its size limit if one is configured',
  ],
  14: ['unavailable', 'cannot be opened: check that its folder exists and is writable'],
  15: ['unavailable', 'is locked by another process in a way that keeps out readers'],
  26: [
    'internal',
    'is not a SQLite database, or its beginning is damaged: move the file away to start empty, or name another',
  ],
};

/** SQLite's result code for a disk, or a size limit, that is reached. */
const SQLITE_FULL = 13;

/** True for what SQLite throws when the file cannot grow. */
export function isDiskFull(reason: unknown): boolean {
  return (reason as { readonly errcode?: unknown }).errcode === SQLITE_FULL;
}

/** What SQLite said, as an AgentError that names the file and what to do. */
export function sqliteError(reason: unknown, path: string): AgentError {
  if (reason instanceof AgentError) return reason;
  const { code, errcode } = reason as { readonly code?: unknown; readonly errcode?: unknown };
  if (code === 'ERR_INVALID_STATE') {
    return new AgentError('unavailable', `profile store ${path} is closed`, { cause: reason });
  }
  const meaning = typeof errcode === 'number' ? MEANINGS[errcode & 0xff] : undefined;
  if (meaning === undefined) {
    return new AgentError('internal', `profile store ${path}: ${messageOf(reason)}`, {
      cause: reason,
    });
  }
  const [agentCode, text] = meaning;
  return new AgentError(agentCode, `profile store ${path} ${text} (${messageOf(reason)})`, {
    cause: reason,
  });
}

/** Why the file could not even be made or opened. */
export function fileError(reason: unknown, path: string): AgentError {
  return new AgentError(
    'unavailable',
    `profile store ${path} cannot be opened: check that it is a file in a folder that this user may write to (${messageOf(reason)})`,
    { cause: reason },
  );
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
