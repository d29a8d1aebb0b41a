import type { ExecCall } from '#model/profile.js';
import type { ExecEvent } from '#model/raw-event.js';
import { redactArguments } from '#profile/redact.js';
import { execPathOf, learnedArguments } from '../learned-path.ts';
import { ANY_VALUE, AnyBeyond } from './any-beyond.ts';
import { OldestFirst } from './oldest-first.ts';
import { RecentExecs } from './recent-execs.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** Beyond these an environment is some program's doing and says nothing of the container. */
const ENV_NAME_BOUNDS = { maxValues: 256, maxValueChars: 128, frameChars: 0 };

interface LearnedExec {
  readonly call: ExecCall;
  readonly envNames: AnyBeyond;
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

  /** False when nothing tells which program it was. */
  observe(event: ExecEvent): boolean {
    if (this.#recent.has(event)) return true;
    const path = execPathOf(event);
    if (path === '') return false;
    const args = learnedArguments(redactArguments(event.args));
    const key = keyOf(path, args);
    const exec = this.#execs.get(key) ?? this.#add(key, { path, args });
    if (exec === undefined) return true;
    const isWhole = !this.#learnEnvNames || this.#addEnvNames(exec, event.envNames ?? []);
    if (isWhole) this.#recent.remember(event);
    return true;
  }

  take(portion: Portion, limit: number): readonly ExecCall[] {
    const taken = this.#execs.take(portion, limit);
    return taken.map(([, { call, envNames }]) => {
      const envs = envNames.all;
      return envs.length === 0 ? call : { ...call, envs };
    });
  }

  markLeftBehind(): void {
    this.#execs.markLeftBehind();
    this.#recent.forget();
  }

  #add(key: string, call: ExecCall): LearnedExec | undefined {
    if (!this.#room.admit(key.length)) return undefined;
    const exec = { call, envNames: new AnyBeyond(ENV_NAME_BOUNDS), sizeChars: key.length };
    this.#execs.set(key, exec);
    return exec;
  }

  /** False when there was no room for one of them. */
  #addEnvNames(exec: LearnedExec, names: readonly string[]): boolean {
    for (const name of names) {
      if (name === '' || exec.envNames.has(name)) continue;
      // A source that gives values by mistake must not have them recorded.
      const learned = name.includes('=') ? ANY_VALUE : name;
      const added = exec.envNames.add(learned, this.#room);
      if (added === undefined) return false;
      exec.sizeChars += added;
    }
    return true;
  }
}

/** Different for all calls: an argument of a recording can hold what stands between two. */
function keyOf(path: string, args: readonly string[]): string {
  const isPlain = !path.includes('\0') && !args.some((arg) => arg.includes('\0'));
  return isPlain ? [path, ...args].join('\0') : `\0${JSON.stringify([path, ...args])}`;
}
