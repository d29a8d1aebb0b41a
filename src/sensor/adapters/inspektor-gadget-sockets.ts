import type { NetworkPeer } from '#model/raw-event.js';
import { errorOf } from './inspektor-gadget-files.ts';
import { type Base, NOTHING, type Told } from './inspektor-gadget-told.ts';
import { type LineFields, usualAddress } from './line-fields.ts';

const DNS_PORT = 53;
const MAX_LABELS = 256;
const MAX_ADDRESSES = 256;
const PROTOCOLS = new Map<string | number, 'TCP' | 'UDP' | 'SCTP'>([
  ['TCP', 'TCP'],
  ['UDP', 'UDP'],
  ['SCTP', 'SCTP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [132, 'SCTP'],
]);
/** By `type_raw`, the order of the enum in trace_tcp. */
const TCP_TYPES = ['connect', 'accept', 'close'];

/** A line of trace_tcp, or of trace_tcpconnect, which tells connects alone and names no type. */
export function connectionOfGadget(line: LineFields, base: Base): Told {
  const type = line.text('type') ?? TCP_TYPES[line.count('type_raw') ?? 0] ?? '';
  if (!TCP_TYPES.includes(type)) line.refuse('type', 'connect, accept or close');
  if (type === 'close' || (type === 'accept' && errorOf(line) !== 0)) return NOTHING;
  const isAccept = type === 'accept';
  const peer = peerOf(line.object('dst.k8s'));
  return {
    type: 'network',
    ...base,
    direction: isAccept ? 'inbound' : 'outbound',
    protocol: protocolOf(line, 'dst') ?? 'TCP',
    address: line.mustAddress('dst.addr'),
    port: line.mustPort(isAccept ? 'src.port' : 'dst.port'),
    ...(peer && { peer }),
  };
}

/** A line of trace_dns. An answer that the container itself sent says nothing of addresses: they would be its own word. */
export function dnsOfGadget(line: LineFields, base: Base): Told {
  const isAnswer = line.text('qr') === 'R' || line.flag('qr_raw') === true;
  const [server, client] = isAnswer ? ['src', 'dst'] : ['dst', 'src'];
  const name = line.mustName('name');
  const given = line.text('nameserver.addr') || undefined;
  return {
    type: 'dns',
    ...base,
    name: name.endsWith('.') ? name : `${name}.`,
    isAnswer,
    addresses: isAnswer && line.text('pkt_type') === 'OUTGOING' ? [] : addressesOf(line),
    protocol: protocolOf(line, server) === 'TCP' ? 'TCP' : 'UDP',
    address: line.mustAddress(given === undefined ? `${server}.addr` : 'nameserver.addr'),
    port: line.has(`${server}.port`) ? line.mustPort(`${server}.port`) : DNS_PORT,
    sourcePort: line.has(`${client}.port`) ? line.mustPort(`${client}.port`) : 0,
  };
}

function protocolOf(line: LineFields, end: string): 'TCP' | 'UDP' | 'SCTP' | undefined {
  const raw = line.count(`${end}.proto_raw`);
  if (raw !== undefined) return PROTOCOLS.get(raw);
  if (!line.has(`${end}.proto`)) return undefined;
  // A number until 2024, a name since.
  const written = PROTOCOLS.get(numberOrText(line, `${end}.proto`));
  return written ?? line.refuse(`${end}.proto`, 'TCP, UDP or SCTP, or its number');
}

function numberOrText(line: LineFields, path: string): string | number {
  try {
    return line.mustCount(path);
  } catch {
    return line.mustText(path).toUpperCase();
  }
}

function addressesOf(line: LineFields): readonly string[] {
  const written = line.texts('addresses') ?? (line.text('addresses') ?? '').split(',');
  return written
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .slice(0, MAX_ADDRESSES)
    .map((address) => usualAddress(address) ?? line.refuse('addresses', 'IP addresses'));
}

function peerOf(k8s: LineFields | undefined): NetworkPeer | undefined {
  const kind = k8s?.text('kind');
  const name = k8s?.name('name') ?? '';
  if (k8s === undefined || name === '') return undefined;
  const namespace = k8s.name('namespace') ?? '';
  if (kind === 'svc' || kind === 'service') return { kind: 'service', namespace, name };
  if (kind !== 'pod') return undefined;
  return { kind: 'pod', namespace, name, labels: labelsOf(k8s.text('labels') ?? '') };
}

/** `k=v,k=v` */
function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .filter((pair) => pair.includes('='))
    .slice(0, MAX_LABELS);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
