import { AgentError } from '#model/agent-error.js';
import { parseIpAddress } from '#profile/ip-address.js';
import { isRecord } from '#profile/is-record.js';

const MAX_PORT = 65_535;
/** Longer than anything that has a name. */
const MAX_NAME_CHARS = 256;
const WHOLE_NUMBER = /^-?[0-9]{1,15}$/;

/**
 * The fields of one line of JSON, by their paths (`proc.creds.uid`). Of several paths the first that is there
 * counts: tools have moved their fields from release to release. Numbers may be written as texts, which is how
 * Protocol Buffers write those of 64 bits. A field that is there but is something else throws `invalid`.
 */
export class LineFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #at: string;

  /** @param at the path that leads to these fields, for messages */
  constructor(fields: Readonly<Record<string, unknown>>, at = '') {
    this.#fields = fields;
    this.#at = at;
  }

  /** The name of every field. */
  get names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  has(path: string): boolean {
    return this.#value(path) !== undefined;
  }

  text(...paths: readonly string[]): string | undefined {
    return this.#first(paths, 'a text', (value) => (typeof value === 'string' ? value : undefined));
  }

  mustText(...paths: readonly string[]): string {
    return this.text(...paths) ?? this.#missing(paths, 'a text');
  }

  /** A text that names something: of at most 256 characters. */
  name(...paths: readonly string[]): string | undefined {
    return this.#first(paths, `a text of at most ${MAX_NAME_CHARS} characters`, (value) =>
      typeof value === 'string' && value.length <= MAX_NAME_CHARS ? value : undefined,
    );
  }

  mustName(...paths: readonly string[]): string {
    return this.name(...paths) ?? this.#missing(paths, 'a text');
  }

  /** A whole number, also a negative one. */
  integer(...paths: readonly string[]): number | undefined {
    return this.#first(paths, 'a whole number', toInteger);
  }

  /** A whole number from 0 on. */
  count(...paths: readonly string[]): number | undefined {
    return this.#first(paths, 'a whole number from 0 on', toCount);
  }

  mustCount(...paths: readonly string[]): number {
    return this.count(...paths) ?? this.#missing(paths, 'a whole number from 0 on');
  }

  /** Any number, for example of nanoseconds beyond what is exact. */
  number(...paths: readonly string[]): number | undefined {
    return this.#first(paths, 'a number', (value) => {
      const number = typeof value === 'string' && value !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    });
  }

  flag(...paths: readonly string[]): boolean | undefined {
    return this.#first(paths, 'true or false', toFlag);
  }

  mustPort(...paths: readonly string[]): number {
    const port = this.mustCount(...paths);
    return port <= MAX_PORT ? port : this.#wrong(paths[0] ?? '', `a port up to ${MAX_PORT}`);
  }

  /** An address in its usual form; IPv4 that was written as IPv6 becomes IPv4. */
  mustAddress(...paths: readonly string[]): string {
    const written = this.mustText(...paths);
    return usualAddress(written) ?? this.#wrong(paths[0] ?? '', 'an IP address');
  }

  /** The fields of an object; undefined when it is not there. */
  object(path: string): LineFields | undefined {
    const fields = this.#first([path], 'an object', (value) =>
      isRecord(value) ? value : undefined,
    );
    return fields && new LineFields(fields, this.#name(path));
  }

  /** A list of objects; empty when it is not there. */
  objects(path: string): readonly LineFields[] {
    const list = this.#first([path], 'a list of objects', (value) =>
      Array.isArray(value) && value.every(isRecord) ? value : undefined,
    );
    return (list ?? []).map((fields, i) => new LineFields(fields, `${this.#name(path)}[${i}]`));
  }

  /** A list of texts; undefined when the field is not there or is no list. */
  texts(path: string): readonly string[] | undefined {
    const value = this.#value(path);
    const isTexts = Array.isArray(value) && value.every((part) => typeof part === 'string');
    return isTexts ? value : undefined;
  }

  /** Refuses the line for this field. */
  refuse(path: string, wanted: string): never {
    return this.#wrong(path, wanted);
  }

  #first<Value>(
    paths: readonly string[],
    wanted: string,
    read: (value: unknown) => Value | undefined,
  ): Value | undefined {
    for (const path of paths) {
      const value = this.#value(path);
      if (value !== undefined) return read(value) ?? this.#wrong(path, wanted);
    }
    return undefined;
  }

  #value(path: string): unknown {
    let value: unknown = this.#fields;
    for (const name of namesIn(path)) {
      if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return value ?? undefined;
  }

  #missing(paths: readonly string[], wanted: string): never {
    return this.#wrong(paths[0] ?? '', `${wanted}, but it is missing`);
  }

  #wrong(path: string, wanted: string): never {
    throw new AgentError('invalid', `field ${this.#name(path)}: expected ${wanted}`);
  }

  #name(path: string): string {
    return this.#at === '' ? path : `${this.#at}.${path}`;
  }
}

/** Paths taken apart, which would be a third of the time of a line. They all stand in the code: there are some dozens. */
const namesByPath = new Map<string, readonly string[]>();

function namesIn(path: string): readonly string[] {
  const known = namesByPath.get(path);
  if (known !== undefined) return known;
  const names = path.split('.');
  namesByPath.set(path, names);
  return names;
}

/** The address in its usual form, IPv4 behind `::ffff:` as IPv4; undefined when it is none. */
export function usualAddress(written: string): string | undefined {
  const bare = /^::ffff:(?=[0-9.]+$)/i.exec(written) ? written.slice('::ffff:'.length) : written;
  return parseIpAddress(bare) === undefined ? undefined : bare;
}

function toInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

function toCount(value: unknown): number | undefined {
  const number = toInteger(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

function toFlag(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === 1) return true;
  if (value === false || value === 'false' || value === 0) return false;
  return undefined;
}
