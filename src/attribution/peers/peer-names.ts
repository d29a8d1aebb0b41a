import type { AttributedEvent } from '#model/attributed-event.js';
import type { DnsEvent, NetworkEvent } from '#model/raw-event.js';
import { formatIpNetwork, parseIpAddress } from '#profile/ip-address.js';
import type { Clock } from '#runtime/clock.js';
import { GivenNames } from './given-names.ts';
import type { PeerDirectory } from './peer-directory.ts';

/** What is remembered, and for how long. */
export interface PeerNamesBounds {
  /** Programs go on using an address for a while after its time is over, and answers of a few seconds are common. */
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** Of all containers together. */
  readonly maxNames: number;
  readonly maxNamesOfContainer: number;
  readonly maxNamesOfAddress: number;
}

const BOUNDS: PeerNamesBounds = {
  minTtlMs: 300_000,
  maxTtlMs: 3_600_000,
  maxNames: 50_000,
  maxNamesOfContainer: 1_024,
  maxNamesOfAddress: 8,
};
/** Longer is no name of DNS. */
const MAX_NAME_CHARS = 254;
const PRINTABLE = /^[^\s\p{Cc}]+$/u;

interface PeerNamesParts {
  readonly clock: Clock;
  /** Absent: only names of DNS are told. */
  readonly directory?: PeerDirectory | undefined;
  /** The usual ones where absent. */
  readonly bounds?: Partial<PeerNamesBounds> | undefined;
}

/**
 * Says who is on the other side of connections: the names under which the container itself was told the address by DNS,
 * and the pod or service that has it. A name holds as long as its answer allows, within bounds, and a connection makes it
 * hold for {@link PeerNamesBounds.minTtlMs} more. One container's answers never name another's connections.
 */
export class PeerNames {
  readonly #clock: Clock;
  readonly #directory: PeerDirectory | undefined;
  readonly #bounds: PeerNamesBounds;
  /** By id; the one that was answered last stands last. */
  readonly #containers = new Map<string, GivenNames>();
  #size = 0;

  constructor({ clock, directory, bounds }: PeerNamesParts) {
    this.#clock = clock;
    this.#directory = directory;
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /** How many names are remembered, of all containers. */
  get size(): number {
    return this.#size;
  }

  /** How many containers have names. */
  get containers(): number {
    return this.#containers.size;
  }

  /** The event as it is to go on: a network event with what is known of its other side, any other unchanged. */
  named(attributed: AttributedEvent): AttributedEvent {
    const { event, container } = attributed;
    if (event.type === 'dns') this.observe(event, container.id);
    if (event.type !== 'network') return attributed;
    const withPeer = this.withPeer(event, container.id);
    return withPeer === event ? attributed : { ...attributed, event: withPeer };
  }

  /** Takes note of an answer that the container was given; of a question nothing. */
  observe(event: DnsEvent, containerId: string): void {
    // What a server in the container answers is for others.
    const isOwn = event.isAnswer && event.direction !== 'inbound';
    const name = isOwn ? canonicalName(event.name) : undefined;
    const addresses = event.addresses.map(canonicalAddress).filter((each) => each !== undefined);
    if (name === undefined || addresses.length === 0) return;
    const { minTtlMs, maxTtlMs } = this.#bounds;
    const ttlMs = (event.ttlSeconds ?? 0) * 1_000;
    const untilMs = this.#clock.monotonic() + Math.min(maxTtlMs, Math.max(minTtlMs, ttlMs));
    const given = this.#newest(containerId);
    const before = given.size;
    for (const address of addresses) given.give(address, name, untilMs);
    this.#size += given.size - before;
    this.#keepWithin(this.#bounds.maxNames);
  }

  /** The same event when nothing is known of its other side. What its source said of it stays as it is. */
  withPeer(event: NetworkEvent, containerId: string): NetworkEvent {
    const names = event.names ?? this.#namesOf(event, containerId);
    const peer = event.peer ?? this.#peerOf(event);
    if (names === event.names && peer === event.peer) return event;
    return { ...event, ...(peer && { peer }), ...(names && { names }) };
  }

  /** Forgets what the container was told. */
  containerRemoved(containerId: string): void {
    this.#size -= this.#containers.get(containerId)?.size ?? 0;
    this.#containers.delete(containerId);
  }

  #namesOf({ address }: NetworkEvent, containerId: string): readonly string[] | undefined {
    const given = this.#containers.get(containerId);
    const canonical = given && canonicalAddress(address);
    if (given === undefined || canonical === undefined) return undefined;
    const nowMs = this.#clock.monotonic();
    const before = given.size;
    const names = given.use(canonical, { nowMs, untilMs: nowMs + this.#bounds.minTtlMs });
    this.#size += given.size - before;
    if (given.size === 0) this.#containers.delete(containerId);
    return names.length > 0 ? names : undefined;
  }

  #peerOf({ address, port, direction }: NetworkEvent) {
    return this.#directory?.peerOf(address, direction === 'outbound' ? port : undefined);
  }

  #newest(containerId: string): GivenNames {
    const { maxNamesOfContainer: maxNames, maxNamesOfAddress } = this.#bounds;
    const given =
      this.#containers.get(containerId) ?? new GivenNames({ maxNames, maxNamesOfAddress });
    this.#containers.delete(containerId);
    this.#containers.set(containerId, given);
    return given;
  }

  /** The container whose last answer is longest ago gives way; what one container keeps is bounded, so it takes many. */
  #keepWithin(maxNames: number): void {
    for (const [containerId, given] of this.#containers) {
      while (this.#size > maxNames) {
        const before = given.size;
        if (!given.dropOldest()) break;
        this.#size += given.size - before;
      }
      if (given.size === 0) this.#containers.delete(containerId);
      if (this.#size <= maxNames) return;
    }
  }
}

/** IPv4 that is written as IPv6 is IPv4; undefined for what is no address. */
function canonicalAddress(address: string): string | undefined {
  const base = parseIpAddress(address);
  return base && formatIpNetwork({ base, bits: 128 });
}

/** In lower case with the dot at its end, as profiles write it. */
function canonicalName(name: string): string | undefined {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return dotted.length > 1 && dotted.length <= MAX_NAME_CHARS && PRINTABLE.test(dotted)
    ? dotted.toLowerCase()
    : undefined;
}
