import type { DnsEvent, HttpEvent, SshEvent } from '#model/raw-event.js';
import { type DnsMessage, parseDnsMessage, parseDnsStream } from './dns-message.ts';
import { baseOf, type FrameBytes, hasFlag } from './frame-bytes.ts';
import { FRAME_FLAG, OFFSET } from './frame-layout.ts';
import { readSocketEnds, type SocketEnds } from './frame-sockets.ts';
import { parseHttpRequest, parseHttpStatus } from './http-message.ts';
import { formatAddress, isLocalAddress } from './socket-address.ts';

const DNS_PORT = 53;
const SSH_PORT = 22;
/** What Linux gives clients (net.ipv4.ip_local_port_range), unless it is told otherwise. */
const FIRST_CLIENT_PORT = 32_768;
const LAST_CLIENT_PORT = 60_999;

/**
 * The dns frame that starts at `at`, as an event. Bytes that are no DNS message give an event without a name. Addresses
 * are told of answers alone that a server here sent, or a client here got over the socket by which it had asked for
 * that name: anything else may be made up, by the container or by whoever can reach it.
 */
export function decodeDns(frame: FrameBytes, at: number): DnsEvent {
  const ends = readSocketEnds(frame, at + OFFSET.payload.ends);
  const bytes = payloadOf(frame, at);
  const protocol = ends.protocol === 'TCP' ? 'TCP' : 'UDP';
  const message = protocol === 'TCP' ? parseDnsStream(bytes) : parseDnsMessage(bytes);
  const isReceived = hasFlag(frame.view, at, FRAME_FLAG.inbound);
  const isServerHere = isDnsServer(ends, message, isReceived);
  const { address, port, otherPort } = sidesOf(ends, isServerHere);
  const base = baseOf(frame, at);
  const asked = { cgroupId: base.cgroupId, socket: exchangeAt(frame, at), name: message.name };
  const isOwn = !isServerHere && isReceived === message.isAnswer;
  if (isOwn && !message.isAnswer) frame.questions.ask(asked, base.timeMs);
  const isGiven = isOwn && frame.questions.wasAsked(asked, base.timeMs);
  const isTrue = isGiven || (isServerHere && !isReceived);
  return {
    type: 'dns',
    ...base,
    ...(isTrue ? message : withoutAddresses(message)),
    direction: isServerHere ? 'inbound' : 'outbound',
    protocol,
    address,
    port,
    sourcePort: otherPort,
  };
}

/** The http frame that starts at `at`, as an event. Bytes that are no HTTP give an event without a method. */
export function decodeHttp(frame: FrameBytes, at: number): HttpEvent {
  const bytes = payloadOf(frame, at);
  const ends = readSocketEnds(frame, at + OFFSET.payload.ends);
  const isReceived = hasFlag(frame.view, at, FRAME_FLAG.inbound);
  const base = baseOf(frame, at);
  const answerStatus = parseHttpStatus(bytes);
  const request = answerStatus === undefined ? parseHttpRequest(bytes) : undefined;
  if (request) frame.exchanges.ask(base.seq, request.head, bytes.length);
  const head =
    answerStatus === undefined
      ? request?.head
      : frame.exchanges.requestOf(Number(exchangeAt(frame, at)));
  // A server receives requests and sends answers.
  const isServerHere = isReceived === (answerStatus === undefined);
  const event: HttpEvent = {
    type: 'http',
    ...base,
    direction: isServerHere ? 'inbound' : 'outbound',
    internal: isLocalAddress(ends.remoteAddress) && isLocalAddress(ends.localAddress),
    method: head?.method ?? '',
    url: head?.url ?? '',
    host: head?.host ?? '',
    headers: head?.headers ?? {},
    address: formatAddress(ends.remoteAddress),
    port: isServerHere ? ends.localPort : ends.remotePort,
    sourcePort: isServerHere ? ends.remotePort : ends.localPort,
  };
  if (answerStatus !== undefined) return { ...event, answerStatus };
  return request && request.body !== '' ? { ...event, body: request.body } : event;
}

/** The ssh frame that starts at `at`, as an event. */
export function decodeSsh(frame: FrameBytes, at: number): SshEvent {
  const ends = readSocketEnds(frame, at + OFFSET.payload.ends);
  const sides = sidesOf(ends, isSshServer(ends));
  return {
    type: 'ssh',
    ...baseOf(frame, at),
    address: sides.address,
    port: sides.port,
    sourceAddress: sides.otherAddress,
    sourcePort: sides.otherPort,
  };
}

/** The bytes that went over the connection, as far as they were kept. */
function payloadOf({ bytes, view }: FrameBytes, at: number): Buffer {
  const start = at + OFFSET.payload.bytes;
  return bytes.subarray(start, start + view.getUint16(at + OFFSET.payload.captured, true));
}

/** Of dns the socket; of an answer of http the number of the event that told its request, 0 when there is none. */
function exchangeAt({ view }: FrameBytes, at: number): bigint {
  return view.getBigUint64(at + OFFSET.payload.exchange, true);
}

function withoutAddresses({ name, isAnswer }: DnsMessage): DnsMessage {
  return { name, isAnswer, addresses: [] };
}

interface Sides {
  /** The server's. */
  readonly address: string;
  readonly port: number;
  /** The client's. */
  readonly otherAddress: string;
  readonly otherPort: number;
}

function sidesOf(ends: SocketEnds, isServerHere: boolean): Sides {
  const remote = formatAddress(ends.remoteAddress);
  const local = formatAddress(ends.localAddress);
  return isServerHere
    ? { address: local, port: ends.localPort, otherAddress: remote, otherPort: ends.remotePort }
    : { address: remote, port: ends.remotePort, otherAddress: local, otherPort: ends.localPort };
}

/** Port 53 is the server's; where both have it, a server is asked and answers. */
function isDnsServer(ends: SocketEnds, message: DnsMessage, isReceived: boolean): boolean {
  if (ends.remotePort !== DNS_PORT) return ends.localPort === DNS_PORT;
  return ends.localPort === DNS_PORT && isReceived !== message.isAnswer;
}

/**
 * Both sides of SSH send a banner, so that the ports decide: 22 is the server's; otherwise a port that clients are
 * given is the client's. Where both ports or none can be a client's, the other side is taken for the server: a
 * connection to it is what rules ask about.
 */
function isSshServer({ localPort, remotePort }: SocketEnds): boolean {
  if (remotePort === SSH_PORT) return false;
  if (localPort === SSH_PORT) return true;
  return isClientPort(remotePort) && !isClientPort(localPort);
}

function isClientPort(port: number): boolean {
  return port >= FIRST_CLIENT_PORT && port <= LAST_CLIENT_PORT;
}
