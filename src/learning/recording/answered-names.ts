import type { DnsEvent } from '#model/raw-event.js';

/** Addresses that are remembered; at the limit the one goes whose last new name or use is longest ago. */
const MAX_ADDRESSES = 1_024;
/** The newest names of an address: one host can serve many, and a profile should name them. */
const MAX_NAMES = 3;
/** Addresses that are taken from one answer. */
const MAX_ANSWER_ADDRESSES = 32;

const NO_NAMES: readonly string[] = Object.freeze([]);
/** What a host can be called: nothing that would be a pattern in a profile. */
const HOST_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.$/;

/** The names under which a container has found addresses: those that DNS told it. */
export class AnsweredNames {
  /** Newest name last. */
  readonly #byAddress = new Map<string, readonly string[]>();

  get size(): number {
    return this.#byAddress.size;
  }

  observe({ name, isAnswer, addresses }: DnsEvent): void {
    if (!isAnswer) return;
    const count = Math.min(addresses.length, MAX_ANSWER_ADDRESSES);
    for (let i = 0; i < count; i += 1) this.#answer(addresses[i] ?? '', name);
  }

  /** Newest last; none when no answer told of the address. It counts as used. */
  namesOf(address: string): readonly string[] {
    const names = this.#byAddress.get(address);
    if (names === undefined) return NO_NAMES;
    this.#put(address, names);
    return names;
  }

  #answer(address: string, name: string): void {
    const known = this.#byAddress.get(address) ?? NO_NAMES;
    // Mostly it is the answer that came before, and most names come as they are kept.
    if (known.at(-1) === name) return;
    const canonical = canonicalName(name);
    if (canonical === undefined || known.at(-1) === canonical) return;
    const others = known.filter((other) => other !== canonical);
    this.#put(address, [...others, canonical].slice(-MAX_NAMES));
  }

  #put(address: string, names: readonly string[]): void {
    this.#byAddress.delete(address);
    this.#byAddress.set(address, names);
    if (this.#byAddress.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#byAddress.keys();
    if (oldest !== undefined) this.#byAddress.delete(oldest);
  }
}

/** In lower case with the dot at its end, as profiles write it; undefined for what names no host. */
function canonicalName(name: string): string | undefined {
  const lower = name.toLowerCase();
  const canonical = lower.endsWith('.') ? lower : `${lower}.`;
  return canonical.length <= 254 && HOST_NAME.test(canonical) ? canonical : undefined;
}
