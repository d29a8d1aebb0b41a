import type { NetworkEvent } from '#model/raw-event.js';
import { baseOf, type FrameBytes, hasFlag } from './frame-bytes.ts';
import { ADDRESS_FAMILY, FRAME_FLAG, OFFSET, SOCKET_OFFSET } from './frame-layout.ts';
import { formatAddress } from './socket-address.ts';

/** Protocols by their number (IANA); the kernel side tells of no others. */
const PROTOCOLS: Readonly<Record<number, NetworkEvent['protocol']>> = {
  6: 'TCP',
  17: 'UDP',
  132: 'SCTP',
};

/** Both ends of a connection, seen from the container. The addresses are views on the frame's bytes. */
export interface SocketEnds {
  readonly remoteAddress: Uint8Array;
  readonly localAddress: Uint8Array;
  readonly remotePort: number;
  readonly localPort: number;
  readonly protocol: NetworkEvent['protocol'];
}

/** Whether the ends at `at` are of a family and a protocol that there are. */
export function hasSocketEnds(view: DataView, at: number): boolean {
  const family = view.getUint8(at + SOCKET_OFFSET.family);
  const isInternet = family === ADDRESS_FAMILY.ipv4 || family === ADDRESS_FAMILY.ipv6;
  return isInternet && PROTOCOLS[view.getUint8(at + SOCKET_OFFSET.protocol)] !== undefined;
}

/** The ends at `at`. */
export function readSocketEnds({ bytes, view }: FrameBytes, at: number): SocketEnds {
  const size = view.getUint8(at + SOCKET_OFFSET.family) === ADDRESS_FAMILY.ipv4 ? 4 : 16;
  const address = (offset: number) => bytes.subarray(at + offset, at + offset + size);
  return {
    remoteAddress: address(SOCKET_OFFSET.remoteAddress),
    localAddress: address(SOCKET_OFFSET.localAddress),
    remotePort: view.getUint16(at + SOCKET_OFFSET.remotePort, true),
    localPort: view.getUint16(at + SOCKET_OFFSET.localPort, true),
    protocol: PROTOCOLS[view.getUint8(at + SOCKET_OFFSET.protocol)] ?? 'TCP',
  };
}

/** The network frame that starts at `at`, as an event. */
export function decodeNetwork(frame: FrameBytes, at: number): NetworkEvent {
  const { view } = frame;
  const ends = readSocketEnds(frame, at + OFFSET.network.ends);
  const isInbound = hasFlag(view, at, FRAME_FLAG.inbound);
  return {
    type: 'network',
    ...baseOf(frame, at),
    direction: isInbound ? 'inbound' : 'outbound',
    protocol: ends.protocol,
    address: formatAddress(ends.remoteAddress),
    port: isInbound ? ends.localPort : ends.remotePort,
  };
}
