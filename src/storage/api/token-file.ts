import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { type Identity, ROLES } from './access-role.ts';

/** The file is looked at no more often than this. */
const CHECK_INTERVAL_MS = 1_000;

/** Shorter tokens could be tried out. */
const SHORTEST_TOKEN = 16;

type Identities = ReadonlyMap<string, Identity>;

/** The tokens of a file, read again when it changes; a change that cannot be read leaves the old ones. */
export class TokenFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #identities: Identities;
  #seen: string;
  #checkedAtMs: number;

  /** Throws `invalid` with path and line when the file cannot be used. */
  constructor(path: string, { clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#seen = stateOf(path);
    this.#identities = readIdentities(path);
    this.#checkedAtMs = clock.monotonic();
  }

  /** Whose token this is. Tokens are compared by their hashes, so that the time says nothing about them. */
  identify(token: string): Identity | undefined {
    this.#refresh();
    return this.#identities.get(hashOf(token));
  }

  #refresh(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#checkedAtMs < CHECK_INTERVAL_MS) return;
    this.#checkedAtMs = nowMs;
    const state = stateOf(this.#path);
    if (state === this.#seen) return;
    this.#seen = state;
    try {
      this.#identities = readIdentities(this.#path);
    } catch (reason) {
      this.#log.error('token file cannot be used', { path: this.#path, ...errorFields(reason) });
    }
  }
}

function readIdentities(path: string): Identities {
  const lines = textOf(path).split(/\r?\n/).entries();
  const identities = new Map<string, Identity>();
  for (const [index, line] of lines) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', roleName, name = `line-${index + 1}`] = line
      .split(',')
      .map((part) => part.trim());
    const role = ROLES.find((each) => each === roleName);
    if (role === undefined || token.length < SHORTEST_TOKEN) {
      throw new AgentError(
        'invalid',
        `${path}, line ${index + 1}: expected TOKEN,ROLE[,NAME] with a token of at least ${SHORTEST_TOKEN} characters and a role of ${ROLES.join(', ')}`,
      );
    }
    identities.set(hashOf(token), { name, role });
  }
  if (identities.size > 0) return identities;
  throw new AgentError('invalid', `${path}: expected at least one line TOKEN,ROLE[,NAME]`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (reason) {
    throw AgentError.from(reason, 'invalid');
  }
}

/** Changes whenever the file does, also when it is replaced. */
function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '';
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
