import { OldestFirst } from './oldest-first.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** A surface of plain names: capabilities, or system calls. */
export class RecordedNames implements RecordedSurface<string> {
  readonly #room: Room;
  readonly #names = new OldestFirst<true>((name) => name.length);

  constructor(room: Room) {
    this.#room = room;
  }

  get leftBehind(): number {
    return this.#names.leftBehind;
  }

  /** False when there is no name. */
  observe(name: string): boolean {
    if (this.#names.get(name) !== undefined) return true;
    if (name === '') return false;
    if (this.#room.admit(name.length)) this.#names.set(name, true);
    return true;
  }

  take(portion: Portion, limit: number): readonly string[] {
    return this.#names.take(portion, limit).map(([name]) => name);
  }

  markLeftBehind(): void {
    this.#names.markLeftBehind();
  }
}
