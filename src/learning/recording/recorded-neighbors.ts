import type { NetworkNeighbor, NetworkPort } from '#model/profile.js';
import type { NetworkEvent, NetworkPeer } from '#model/raw-event.js';
import type { AnsweredNames } from './answered-names.ts';
import { isLoopback, neighborIdentifier, type Peer, peerKey, peerOf } from './neighbor-peer.ts';
import { OldestFirst } from './oldest-first.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** JSON of a neighbor around its own texts, most of it the identifier. */
const NEIGHBOR_FRAME_CHARS = 160;
/** JSON of one port. */
const PORT_CHARS = 48;
/** Connections that are remembered with the peer they were made to. */
const MAX_REMEMBERED = 4_096;
/** A number of its own for each protocol. */
const PROTOCOL_NUMBER = { TCP: 0, UDP: 1, SCTP: 2 } as const;

interface LearnedNeighbor {
  readonly peer: Peer;
  readonly ports: Map<string, NetworkPort>;
  /** What its address was called when it was first met: by the time of the report that may be forgotten. */
  readonly names: readonly string[];
  sizeChars: number;
}

/** The other sides of a container's connections in one direction, with the ports that were connected to. */
export class RecordedNeighbors implements RecordedSurface<NetworkNeighbor> {
  readonly #room: Room;
  readonly #names: AnsweredNames;
  /** By {@link peerKey}. */
  readonly #neighbors = new OldestFirst<LearnedNeighbor>((_key, { sizeChars }) => sizeChars);
  /** What is recorded, by protocol and port and then by address, so that a repetition makes no text. */
  readonly #recent = new Map<number, Map<string, NetworkPeer | undefined>>();
  #remembered = 0;

  constructor(room: Room, names: AnsweredNames) {
    this.#room = room;
    this.#names = names;
  }

  get leftBehind(): number {
    return this.#neighbors.leftBehind;
  }

  observe(event: NetworkEvent, ownNamespace: string): void {
    if (this.#isRecorded(event) || isLoopback(event.address)) return;
    const peer = peerOf(event, ownNamespace);
    if (peer === undefined) return;
    const neighbor = this.#find(peer);
    if (neighbor !== undefined && this.#addPort(neighbor, event)) this.#remember(event);
  }

  take(portion: Portion, limit: number): readonly NetworkNeighbor[] {
    const taken = this.#neighbors.take(portion, limit);
    return taken.map(([, neighbor]) => this.#written(neighbor));
  }

  markLeftBehind(): void {
    this.#neighbors.markLeftBehind();
    this.#forgetConnections();
  }

  #isRecorded({ port, protocol, address, peer }: NetworkEvent): boolean {
    const addresses = this.#recent.get(port * 4 + PROTOCOL_NUMBER[protocol]);
    if (addresses === undefined) return false;
    const known = addresses.get(address);
    if (known === undefined) return peer === undefined && addresses.has(address);
    if (peer === undefined) return false;
    return known === peer || isSame(known, peer);
  }

  #remember({ port, protocol, address, peer }: NetworkEvent): void {
    if (this.#remembered >= MAX_REMEMBERED) this.#forgetConnections();
    this.#remembered += 1;
    const place = port * 4 + PROTOCOL_NUMBER[protocol];
    const addresses = this.#recent.get(place);
    if (addresses === undefined) this.#recent.set(place, new Map([[address, peer]]));
    else addresses.set(address, peer);
  }

  #forgetConnections(): void {
    this.#recent.clear();
    this.#remembered = 0;
  }

  #find(peer: Peer): LearnedNeighbor | undefined {
    const key = peerKey(peer);
    const known = this.#neighbors.get(key);
    if (known !== undefined) return known;
    const names = isNamed(peer) ? this.#names.namesOf(peer.ipAddress ?? '') : [];
    const sizeChars = key.length + NEIGHBOR_FRAME_CHARS + names.join('').length;
    if (!this.#room.admit(sizeChars)) return undefined;
    const added = { peer, ports: new Map<string, NetworkPort>(), names, sizeChars };
    this.#neighbors.set(key, added);
    return added;
  }

  /** False when there was no room for it. */
  #addPort(neighbor: LearnedNeighbor, { port, protocol }: NetworkEvent): boolean {
    const name = `${protocol}-${port}`;
    if (neighbor.ports.has(name)) return true;
    if (!this.#room.grow(PORT_CHARS)) return false;
    neighbor.ports.set(name, { name, protocol, port });
    neighbor.sizeChars += PORT_CHARS;
    return true;
  }

  #written({ peer, ports, names: first }: LearnedNeighbor): NetworkNeighbor {
    const now = isNamed(peer) ? this.#names.namesOf(peer.ipAddress ?? '') : [];
    const names = now.length > 0 ? now : first;
    const dns = names.at(-1) ?? '';
    return {
      identifier: neighborIdentifier(peer, dns),
      ...peer,
      ...(dns !== '' && { dns, dnsNames: [...names].sort() }),
      ports: [...ports.values()],
    };
  }
}

/** Only what is known by its address alone is called by DNS names. */
function isNamed({ podSelector }: Peer): boolean {
  return podSelector === undefined;
}

function isSame(a: NetworkPeer, b: NetworkPeer): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.kind === b.kind;
}
