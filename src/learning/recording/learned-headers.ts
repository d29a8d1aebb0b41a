import type { HttpEvent } from '#model/raw-event.js';
import { redactHeaders } from '#profile/redact-url.js';
import { AnyBeyond } from './any-beyond.ts';
import type { Room } from './room.ts';

const MAX_HEADERS = 16;
const MAX_REMEMBERED_NAMES = 64;
const MAX_VALUE_CHARS = 128;
const VALUE_BOUNDS = { maxValues: 8, maxValueChars: MAX_VALUE_CHARS, frameChars: 3 };
const HOST = 'Host';

/** Which headers of requests are learned. Case does not matter in their names. */
export class HeaderChoice {
  /** Chosen name, as it is written into profiles, by lower-case name; without `Host`. */
  readonly #chosen: ReadonlyMap<string, string>;
  readonly #withHost: boolean;
  /** The chosen name, or none, of header names as they were written lately. */
  readonly #names = new Map<string, string | undefined>();

  /** @param names at most 16 are taken */
  constructor(names: readonly string[]) {
    const chosen = new Map(names.slice(0, MAX_HEADERS).map((name) => [name.toLowerCase(), name]));
    this.#withHost = chosen.delete(HOST.toLowerCase());
    this.#chosen = chosen;
  }

  /** Nothing but `Host` is learned: the usual choice. */
  get isHostOnly(): boolean {
    return this.#withHost && this.#chosen.size === 0;
  }

  /** Calls `each` with every value of a chosen header. Sources give `Host` apart from the others. */
  forEach({ host, headers }: HttpEvent, each: (name: string, value: string) => void): void {
    if (this.#withHost && host !== '') each(HOST, host);
    if (this.#chosen.size === 0) return;
    for (const written of Object.keys(headers)) {
      const name = this.#nameOf(written);
      if (name !== undefined) for (const value of headers[written] ?? []) each(name, value);
    }
  }

  #nameOf(written: string): string | undefined {
    const known = this.#names.get(written);
    if (known !== undefined || this.#names.has(written)) return known;
    const name = this.#chosen.get(written.toLowerCase());
    if (this.#names.size >= MAX_REMEMBERED_NAMES) this.#names.clear();
    if (written.length <= MAX_VALUE_CHARS) this.#names.set(written, name);
    return name;
  }
}

/** The headers of the requests to one endpoint, with secrets redacted. Bounded; beyond the bound a header has any value. */
export class LearnedHeaders {
  readonly #values = new Map<string, AnyBeyond>();
  /** The last value of each header as it came: mostly it comes again. */
  readonly #last = new Map<string, string>();

  /** Gives how many characters were added; asks `room` for them. Undefined when there was none. */
  add(name: string, value: string, room: Room): number | undefined {
    if (this.#last.get(name) === value) return 0;
    const known = this.#values.get(name) ?? new AnyBeyond(VALUE_BOUNDS);
    // What was redacted stays as it is when it is redacted again, so what is known needs no redacting.
    if (known.isAny || known.has(value)) return 0;
    const [redacted = ''] = redactHeaders({ [name]: [value] })[name] ?? [];
    const added = known.has(redacted) ? 0 : known.add(redacted, room, name.length);
    if (added === undefined) return undefined;
    this.#values.set(name, known);
    if (value.length <= MAX_VALUE_CHARS) this.#last.set(name, value);
    return added;
  }

  /** Undefined when there are none. Names in the order in which they came, values sorted. */
  get all(): Readonly<Record<string, readonly string[]>> | undefined {
    if (this.#values.size === 0) return undefined;
    return Object.fromEntries(Array.from(this.#values, ([name, values]) => [name, values.all]));
  }
}
