import type { LineFields } from './line-fields.ts';
import type { UnnumberedEvent } from './line-meaning.ts';
import type { HookReading, TetragonHook } from './tetragon-hook.ts';

const FAMILIES: ReadonlySet<string> = new Set(['AF_INET', 'AF_INET6']);
const PROTOCOLS: Readonly<Record<string, 'TCP' | 'UDP' | 'SCTP'>> = {
  IPPROTO_TCP: 'TCP',
  IPPROTO_UDP: 'UDP',
  IPPROTO_SCTP: 'SCTP',
};
const nothing: HookReading = () => undefined;

/** Hooks on sockets: connections out and in, datagrams out. What goes over a connection tells nothing more. */
export const SOCKET_HOOKS: Readonly<Record<string, HookReading>> = {
  tcp_connect: (hook) => connection(hook, 'outbound'),
  udp_sendmsg: (hook) => connection(hook, 'outbound'),
  udpv6_sendmsg: (hook) => connection(hook, 'outbound'),
  inet_csk_accept: (hook) => connection(hook, 'inbound'),
  security_socket_connect: (hook) => connectCall(hook),
  sys_connect: (hook) => connectCall(hook),
  tcp_close: nothing,
  tcp_sendmsg: nothing,
  tcp_set_state: nothing,
};

function connection(
  hook: TetragonHook,
  direction: 'inbound' | 'outbound',
): UnnumberedEvent | undefined {
  const { args, base, result } = hook;
  const socket = args.find('sock_arg');
  if (socket === undefined) return args.refuse('a sock_arg');
  const isUnusable = !isInternet(socket) || (result !== undefined && result < 0);
  // The address of a datagram from a socket that is not connected stands in the call, which is not told.
  if (isUnusable || socket.count('dport') === undefined || socket.count('dport') === 0) {
    return undefined;
  }
  return {
    type: 'network',
    ...base,
    direction,
    protocol: protocolOf(socket) ?? args.refuse('a sock_arg with its protocol'),
    address: socket.mustAddress('daddr'),
    port: socket.mustPort(direction === 'outbound' ? 'dport' : 'sport'),
  };
}

/** connect(2), whose address stands beside the socket. A result below 0 may be a connection that is under way. */
function connectCall({ args, base }: TetragonHook): UnnumberedEvent | undefined {
  const address = args.find('sockaddr_arg');
  if (address === undefined) return args.refuse('a sockaddr_arg');
  if (!isInternet(address)) return undefined;
  const socket = args.find('socket_arg') ?? args.find('sock_arg');
  const protocol = socket && protocolOf(socket);
  return {
    type: 'network',
    ...base,
    direction: 'outbound',
    protocol: protocol ?? args.refuse('a sock_arg with its protocol beside the sockaddr_arg'),
    address: address.mustAddress('addr'),
    port: address.mustPort('port'),
  };
}

function isInternet(address: LineFields): boolean {
  const family = address.text('family');
  return family === undefined || FAMILIES.has(family);
}

function protocolOf(socket: LineFields): 'TCP' | 'UDP' | 'SCTP' | undefined {
  const name = socket.text('protocol') ?? '';
  return Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
}
