import type { OpenCall } from '#model/profile.js';
import type { OpenEvent } from '#model/raw-event.js';
import { namesOfOpenFlagSet, type OpenFlagSet, openFlagSet } from '#profile/open-flags.js';
import { learnedPath } from '../learned-path.ts';
import { OldestFirst } from './oldest-first.ts';
import { RecentOpens } from './recent-opens.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';
import { TextMemo } from './text-memo.ts';

/** Paths that are learned in another form than they have (`/proc/12/maps`) and were seen lately. */
const MAX_REMEMBERED_PATHS = 1_024;

/** The paths that were opened, each with the flags of all its opens. */
export class RecordedOpens implements RecordedSurface<OpenCall> {
  readonly #room: Room;
  readonly #opens = new OldestFirst<OpenFlagSet>((path) => path.length);
  /** A program mostly opens in the way it did before. */
  #lastFlags = 0;
  #lastSet = openFlagSet(0);
  readonly #learned = new TextMemo(MAX_REMEMBERED_PATHS, learnedPath);
  readonly #recent = new RecentOpens();

  constructor(room: Room) {
    this.#room = room;
  }

  get leftBehind(): number {
    return this.#opens.leftBehind;
  }

  /** False when a file was opened and nothing tells which. An attempt without a path is none. */
  observe({ path, flags, result }: OpenEvent): boolean {
    const set = flags === this.#lastFlags ? this.#lastSet : this.#setOf(flags);
    if (this.#recent.has(path, set)) return true;
    if (path === '') return result < 0;
    this.#record(path, set);
    return true;
  }

  take(portion: Portion, limit: number): readonly OpenCall[] {
    const taken = this.#opens.take(portion, limit);
    return taken.map(([path, set]) => ({ path, flags: namesOfOpenFlagSet(set) }));
  }

  markLeftBehind(): void {
    this.#opens.markLeftBehind();
    this.#recent.forget();
  }

  #record(raw: string, set: OpenFlagSet): void {
    let path = raw;
    let known = this.#opens.get(raw);
    // Most paths are learned as they are, so the event's own path finds them without any work on it.
    if (known === undefined) {
      path = this.#learned.of(raw);
      known = path === raw ? undefined : this.#opens.get(path);
    }
    if (known === undefined && !this.#room.admit(path.length)) return;
    const all = (known ?? 0) | set;
    const isNews = all !== known;
    if (isNews) this.#opens.set(path, all);
    if (isNews || !this.#recent.isFull) this.#recent.remember(raw, all);
  }

  #setOf(flags: number): OpenFlagSet {
    this.#lastFlags = flags;
    this.#lastSet = openFlagSet(flags);
    return this.#lastSet;
  }
}
