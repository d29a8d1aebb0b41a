import type { ExecCall } from '#model/profile.js';
import type { ExecEvent } from '#model/raw-event.js';
import { redactArguments } from '#profile/redact.js';
import { execPathOf, learnedArguments } from '../learned-path.ts';
import { OldestFirst } from './oldest-first.ts';
import { RecentExecs } from './recent-execs.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** Beyond these an environment is some program's doing and says nothing of the container. */
const MAX_ENV_NAMES = 256;
const MAX_ENV_NAME_CHARS = 128;

interface LearnedExec {
  readonly call: ExecCall;
  readonly envNames: Set<string>;
  sizeChars: number;
}

/** The programs that were executed, each once for each argument vector. */
export class RecordedExecs implements RecordedSurface<ExecCall> {
  readonly #room: Room;
  readonly #learnEnvNames: boolean;
  /** By path and learned arguments. */
  readonly #execs = new OldestFirst<LearnedExec>((_key, { sizeChars }) => sizeChars);
  readonly #recent: RecentExecs;

  constructor(room: Room, { learnEnvNames }: { readonly learnEnvNames: boolean }) {
    this.#room = room;
    this.#learnEnvNames = learnEnvNames;
    this.#recent = new RecentExecs({ withEnvNames: learnEnvNames });
  }

  get leftBehind(): number {
    return this.#execs.leftBehind;
  }

  observe(event: ExecEvent): void {
    if (this.#recent.has(event)) return;
    const path = execPathOf(event);
    if (path === '') return;
    const args = learnedArguments(redactArguments(event.args));
    const key = [path, ...args].join('\0');
    const exec = this.#execs.get(key) ?? this.#add(key, { path, args });
    if (exec === undefined) return;
    if (this.#learnEnvNames && !this.#addEnvNames(exec, event.envNames ?? [])) return;
    this.#recent.remember(event);
  }

  take(portion: Portion, limit: number): readonly ExecCall[] {
    const taken = this.#execs.take(portion, limit);
    return taken.map(([, { call, envNames }]) =>
      envNames.size === 0 ? call : { ...call, envs: [...envNames].sort() },
    );
  }

  markLeftBehind(): void {
    this.#execs.markLeftBehind();
    this.#recent.forget();
  }

  #add(key: string, call: ExecCall): LearnedExec | undefined {
    if (!this.#room.admit(key.length)) return undefined;
    const exec = { call, envNames: new Set<string>(), sizeChars: key.length };
    this.#execs.set(key, exec);
    return exec;
  }

  /** False when there was no room for one of them. */
  #addEnvNames(exec: LearnedExec, names: readonly string[]): boolean {
    for (const name of names) {
      if (exec.envNames.has(name) || exec.envNames.size >= MAX_ENV_NAMES) continue;
      // A source that gives values by mistake must not have them recorded.
      if (name === '' || name.length > MAX_ENV_NAME_CHARS || name.includes('=')) continue;
      if (!this.#room.grow(name.length)) return false;
      exec.envNames.add(name);
      exec.sizeChars += name.length;
    }
    return true;
  }
}
