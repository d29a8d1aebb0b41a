import type { NetworkNeighbor, NetworkPort } from '#model/profile.js';
import type { NetworkEvent } from '#model/raw-event.js';
import { parseIpAddress } from '#profile/ip-address.js';
import type { AnsweredNames, NameFollower } from './answered-names.ts';
import { ForgottenAddresses } from './forgotten-addresses.ts';
import { isLoopback, neighborIdentifier, type Peer, peerKey, peerOf } from './neighbor-peer.ts';
import { OldestFirst } from './oldest-first.ts';
import { isRecentPeer, type RecentPeer, recentPeer } from './recent-peer.ts';
import type { Portion, Room } from './room.ts';
import { SharedTexts } from './shared-texts.ts';
import type { RecordedSurface } from './surface.ts';

/** JSON of a neighbor around its own texts, most of it the identifier. */
const NEIGHBOR_FRAME_CHARS = 160;
/** JSON of one port. */
const PORT_CHARS = 48;
/** Connections that are remembered with the peer they were made to. */
const MAX_REMEMBERED = 4_096;
/** Names that are known to be in a report; of more, those that are forgotten count as not reported. */
const MAX_TOLD_NAMES = 4_096;
/** JSON around a name. */
const NAME_FRAME_CHARS = 3;
/** A number of its own for each protocol. */
const PROTOCOL_NUMBER = { TCP: 0, UDP: 1, SCTP: 2 } as const;

interface LearnedNeighbor {
  readonly peer: Peer;
  readonly ports: Map<string, NetworkPort>;
  /** All that its address was called, before it was first met and since. */
  readonly names: Set<string>;
  sizeChars: number;
}

/** The other sides of a container's connections in one direction, with the ports that were connected to. */
export class RecordedNeighbors implements RecordedSurface<NetworkNeighbor>, NameFollower {
  readonly #room: Room;
  readonly #names: AnsweredNames;
  /** By {@link peerKey}. */
  readonly #neighbors = new OldestFirst<LearnedNeighbor>((_key, { sizeChars }) => sizeChars);
  /** What is recorded, by protocol and port and then by address, so that a repetition makes no text. */
  readonly #recent = new Map<number, Map<string, RecentPeer | undefined>>();
  #texts = new SharedTexts();
  #remembered = 0;
  /** Those of them that have names, by address. */
  readonly #named = new Map<string, LearnedNeighbor>();
  readonly #toldNames = new Set<string>();
  /** They had names that no report has told. */
  readonly #forgotten = new ForgottenAddresses();

  constructor(room: Room, names: AnsweredNames) {
    this.#room = room;
    this.#names = names;
    names.follow(this);
  }

  get leftBehind(): number {
    return this.#neighbors.leftBehind;
  }

  /** False when the other side has no address. */
  observe(event: NetworkEvent, ownNamespace: string): boolean {
    if (this.#isRecorded(event) || isLoopback(event.address)) return true;
    const peer = peerOf(event, ownNamespace);
    if (peer === undefined) return parseIpAddress(event.address) !== undefined;
    const neighbor = this.#find(peer, event);
    if (neighbor !== undefined && this.#addPort(neighbor, event)) this.#remember(event);
    return true;
  }

  nameAnswered(address: string, name: string): void {
    const neighbor = this.#named.get(address);
    if (neighbor === undefined || neighbor.names.has(name)) return;
    const sizeChars = name.length + NAME_FRAME_CHARS;
    if (!this.#room.grow(sizeChars)) return;
    neighbor.sizeChars += sizeChars;
    neighbor.names.add(name);
    this.#noteTold(name);
  }

  nameForgotten(address: string, name: string): void {
    if (!this.#toldNames.has(name)) this.#forgotten.add(address);
  }

  take(portion: Portion, limit: number): readonly NetworkNeighbor[] {
    const taken = this.#neighbors.take(portion, limit);
    return taken.map(([, neighbor]) => this.#written(neighbor));
  }

  markLeftBehind(): void {
    this.#neighbors.markLeftBehind();
    this.#named.clear();
    for (const neighbor of this.#neighbors.values()) this.#index(neighbor);
    this.#forgetConnections();
  }

  #isRecorded({ port, protocol, address, peer }: NetworkEvent): boolean {
    const addresses = this.#recent.get(port * 4 + PROTOCOL_NUMBER[protocol]);
    if (addresses === undefined) return false;
    const known = addresses.get(address);
    if (known === undefined) return peer === undefined && addresses.has(address);
    if (peer === undefined) return false;
    return isRecentPeer(known, peer);
  }

  #remember({ port, protocol, address, peer }: NetworkEvent): void {
    if (this.#remembered >= MAX_REMEMBERED) this.#forgetConnections();
    this.#remembered += 1;
    const place = port * 4 + PROTOCOL_NUMBER[protocol];
    const addresses = this.#recent.get(place);
    const known = peer && recentPeer(peer, this.#texts);
    if (addresses === undefined) this.#recent.set(place, new Map([[address, known]]));
    else addresses.set(address, known);
  }

  #forgetConnections(): void {
    this.#recent.clear();
    this.#texts = new SharedTexts();
    this.#remembered = 0;
  }

  /** A new one has the event's port from the start: without any it would allow all. */
  #find(peer: Peer, event: NetworkEvent): LearnedNeighbor | undefined {
    const key = peerKey(peer);
    const known = this.#neighbors.get(key);
    if (known !== undefined) return known;
    const names = isNamed(peer) ? this.#names.namesOf(peer.ipAddress ?? '') : [];
    const namesChars = names.reduce((sum, name) => sum + name.length + NAME_FRAME_CHARS, 0);
    const sizeChars = key.length + NEIGHBOR_FRAME_CHARS + PORT_CHARS + namesChars;
    if (!this.#room.admit(sizeChars)) return undefined;
    const port = portOf(event);
    const ports = new Map([[port.name, port]]);
    const added = { peer, ports, names: new Set(names), sizeChars };
    this.#neighbors.set(key, added);
    this.#index(added);
    for (const name of names) this.#noteTold(name);
    if (isNamed(peer) && this.#forgotten.mayHave(peer.ipAddress ?? '')) this.#room.miss();
    return added;
  }

  #index(neighbor: LearnedNeighbor): void {
    const { peer } = neighbor;
    if (isNamed(peer)) this.#named.set(peer.ipAddress ?? '', neighbor);
  }

  #noteTold(name: string): void {
    if (this.#toldNames.size < MAX_TOLD_NAMES) this.#toldNames.add(name);
  }

  /** False when there was no room for it. */
  #addPort(neighbor: LearnedNeighbor, event: NetworkEvent): boolean {
    const port = portOf(event);
    if (neighbor.ports.has(port.name)) return true;
    if (!this.#room.grow(PORT_CHARS)) return false;
    neighbor.ports.set(port.name, port);
    neighbor.sizeChars += PORT_CHARS;
    return true;
  }

  #written({ peer, ports, names }: LearnedNeighbor): NetworkNeighbor {
    const remembered = names.size > 0 ? this.#names.namesOf(peer.ipAddress ?? '') : [];
    const dns = remembered.findLast((name) => names.has(name)) ?? [...names].at(-1) ?? '';
    return {
      identifier: neighborIdentifier(peer, dns),
      ...peer,
      ...(dns !== '' && { dns, dnsNames: [...names].sort() }),
      ports: [...ports.values()],
    };
  }
}

function portOf({ port, protocol }: NetworkEvent): NetworkPort {
  return { name: `${protocol}-${port}`, protocol, port };
}

/** Only what is known by its address alone is called by DNS names. */
function isNamed({ podSelector }: Peer): boolean {
  return podSelector === undefined;
}
