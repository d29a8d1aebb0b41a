import type {
  DnsEvent,
  ExecEvent,
  HttpEvent,
  NetworkEvent,
  OpenEvent,
  RawEvent,
  SshEvent,
} from '#model/raw-event.js';
import { capabilityName } from '../capability-names.ts';
import { ADDRESS_FAMILY, FRAME_FLAG, OFFSET, SOCKET_OFFSET } from '../frame-layout.ts';
import { syscallNamesOf } from '../syscall-names.ts';
import { addressBytes } from './address-bytes.ts';
import { encodeDnsMessage } from './encoded-dns.ts';

/** A frame without what all frames have: its flags, its fixed part and what follows that. */
export interface FrameBody {
  readonly flags?: number;
  readonly head: Buffer;
  readonly tail?: Buffer;
}

/** Boot time in milliseconds since the Unix epoch that encoded frames are relative to. */
export const BOOT_EPOCH_MS = 1_700_000_000_000;
/** The container's own address where an event does not tell it. */
export const LOCAL_ADDRESS = '10.0.0.9';
/** The container's own port where an event does not tell it. */
export const LOCAL_PORT = 40_000;
const CAPABILITIES = 41;
const SYSCALLS = 512;

/** The part of an event's frame that is its own. */
export function eventBody(event: RawEvent, base: string): FrameBody {
  switch (event.type) {
    case 'exec':
      return execBody(event);
    case 'open':
      return openBody(event, base);
    case 'fork': {
      const head = Buffer.alloc(OFFSET.fork.end);
      const startNs = BigInt(Math.round(((event.childStartMs ?? 0) - BOOT_EPOCH_MS) * 1e6));
      head.writeBigUInt64LE(startNs > 0n ? startNs : 0n, OFFSET.fork.childStartBootNs);
      head.writeUInt32LE(event.childPid, OFFSET.fork.childPid);
      return { head };
    }
    case 'exit': {
      const head = Buffer.alloc(OFFSET.exit.end);
      head.writeUInt32LE(event.exitCode, OFFSET.exit.exitCode);
      head.writeUInt32LE(event.signal, OFFSET.exit.signal);
      return { head };
    }
    case 'capabilities': {
      const head = Buffer.alloc(OFFSET.capability.end);
      head.writeUInt32LE(capabilityNumber(event.capability), OFFSET.capability.capability);
      const call = event.syscall === '' ? -1 : syscallNumber(event.syscall);
      head.writeInt32LE(call, OFFSET.capability.syscall);
      return { head };
    }
    case 'syscall': {
      const head = Buffer.alloc(OFFSET.syscall.end);
      head.writeUInt32LE(syscallNumber(event.syscall), OFFSET.syscall.number);
      return { head };
    }
    case 'network':
      return networkBody(event);
    case 'dns':
      return dnsBody(event);
    case 'http':
      return httpBody(event);
    case 'ssh':
      return sshBody(event);
    default:
      return actBody(event, base);
  }
}

function execBody(event: ExecEvent): FrameBody {
  const args = Buffer.from(event.args.map((argument) => `${argument}\0`).join(''));
  const parts = [args, ...[event.file, event.exePath, event.cwd].map((text) => Buffer.from(text))];
  const head = Buffer.alloc(OFFSET.exec.args);
  for (const [index, part] of parts.entries()) {
    head.writeUInt16LE(part.length, OFFSET.exec.argsSize + 2 * index);
  }
  head.writeUInt32LE(event.tty?.major ?? 0, OFFSET.exec.ttyMajor);
  head.writeUInt32LE(event.tty?.minor ?? 0, OFFSET.exec.ttyMinor);
  const flags =
    (event.argsTruncated ? FRAME_FLAG.argsTruncated : 0) |
    (event.upperLayer ? FRAME_FLAG.upperLayer : 0) |
    (event.parentUpperLayer ? FRAME_FLAG.parentUpperLayer : 0);
  return { flags, head, tail: Buffer.concat(parts) };
}

function openBody(event: OpenEvent, base: string): FrameBody {
  const parts = [Buffer.from(base), Buffer.from(event.path)] as const;
  const head = Buffer.alloc(OFFSET.open.base);
  head.writeInt32LE(event.result, OFFSET.open.result);
  head.writeUInt32LE(event.flags, OFFSET.open.flags);
  head.writeUInt16LE(parts[0].length, OFFSET.open.baseSize);
  head.writeUInt16LE(parts[1].length, OFFSET.open.pathSize);
  const flags = event.pathTruncated ? FRAME_FLAG.textTruncated : 0;
  return { flags, head, tail: Buffer.concat(parts) };
}

function networkBody(event: NetworkEvent): FrameBody {
  const isInbound = event.direction === 'inbound';
  const head = Buffer.alloc(OFFSET.network.end);
  writeEnds(head, OFFSET.network.ends, {
    remote: [event.address, isInbound ? LOCAL_PORT : event.port],
    local: [LOCAL_ADDRESS, isInbound ? event.port : LOCAL_PORT],
    protocol: event.protocol,
  });
  return { flags: isInbound ? FRAME_FLAG.inbound : 0, head };
}

/** A message that the container sent or was sent as a client. */
function dnsBody(event: DnsEvent): FrameBody {
  const message = encodeDnsMessage(event);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return payloadBody({
    isReceived: event.isAnswer,
    bytes: event.protocol === 'TCP' ? Buffer.concat([length, message]) : message,
    ends: {
      remote: [event.address, event.port],
      local: [LOCAL_ADDRESS, event.sourcePort],
      protocol: event.protocol,
    },
  });
}

function httpBody(event: HttpEvent): FrameBody {
  const isServer = event.direction === 'inbound';
  const lines = Object.entries(event.headers).flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}\r\n`),
  );
  const start =
    event.answerStatus === undefined
      ? `${event.method} ${event.url} HTTP/1.1\r\n${lines.join('')}\r\n${event.body ?? ''}`
      : `HTTP/1.1 ${event.answerStatus} Whatever\r\n\r\n`;
  return payloadBody({
    isReceived: isServer === (event.answerStatus === undefined),
    bytes: Buffer.from(start),
    ends: {
      remote: [event.address, isServer ? event.sourcePort : event.port],
      local: [
        event.internal ? LOCAL_ADDRESS : '203.0.113.9',
        isServer ? event.port : event.sourcePort,
      ],
      protocol: 'TCP',
    },
  });
}

function sshBody(event: SshEvent): FrameBody {
  return payloadBody({
    isReceived: true,
    bytes: Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    ends: {
      remote: [event.address, event.port],
      local: [event.sourceAddress, event.sourcePort],
      protocol: 'TCP',
    },
  });
}

/** What went over a socket, and between whom. */
export interface Payload {
  readonly isReceived: boolean;
  readonly bytes: Buffer;
  readonly ends: Ends;
  /** Of dns the socket, of an answer of http the number of its request's event. */
  readonly exchange?: bigint;
}

interface Ends {
  readonly remote: readonly [address: string, port: number];
  readonly local: readonly [address: string, port: number];
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** The part of a dns, http or ssh frame that is its own. */
export function payloadBody({ isReceived, bytes, ends, exchange = 1n }: Payload): FrameBody {
  const head = Buffer.alloc(OFFSET.payload.bytes);
  writeEnds(head, OFFSET.payload.ends, ends);
  head.writeBigUInt64LE(exchange, OFFSET.payload.exchange);
  head.writeUInt32LE(bytes.length, OFFSET.payload.length);
  head.writeUInt16LE(bytes.length, OFFSET.payload.captured);
  return { flags: isReceived ? FRAME_FLAG.inbound : 0, head, tail: bytes };
}

const PROTOCOL_NUMBERS = { TCP: 6, UDP: 17, SCTP: 132 } as const;

function writeEnds(head: Buffer, at: number, { remote, local, protocol }: Ends): void {
  addressBytes(remote[0]).copy(head, at + SOCKET_OFFSET.remoteAddress);
  addressBytes(local[0]).copy(head, at + SOCKET_OFFSET.localAddress);
  head.writeUInt16LE(remote[1], at + SOCKET_OFFSET.remotePort);
  head.writeUInt16LE(local[1], at + SOCKET_OFFSET.localPort);
  const family = remote[0].includes(':') ? ADDRESS_FAMILY.ipv6 : ADDRESS_FAMILY.ipv4;
  head.writeUInt8(family, at + SOCKET_OFFSET.family);
  head.writeUInt8(PROTOCOL_NUMBERS[protocol], at + SOCKET_OFFSET.protocol);
}

type ActEvent = Exclude<
  RawEvent,
  {
    readonly type:
      | 'exec'
      | 'open'
      | 'fork'
      | 'exit'
      | 'capabilities'
      | 'syscall'
      | 'network'
      | 'dns'
      | 'http'
      | 'ssh';
  }
>;

/** What an act_record holds beside its texts. */
interface Act {
  readonly a?: number;
  readonly b?: number;
  readonly first?: string;
  readonly second?: string;
  readonly third?: string;
}

function actBody(event: ActEvent, base: string): FrameBody {
  const { a = 0, b = 0, first = '', second = '', third = '' } = actOf(event);
  const exePath = 'exePath' in event ? event.exePath : '';
  const secondBase = second === '' ? '' : base;
  const firstBase = event.type === 'hardlink' ? base : '';
  const texts = [exePath, firstBase, first, secondBase, second, third].map((text) =>
    Buffer.from(text),
  );
  const head = Buffer.alloc(OFFSET.act.texts);
  head.writeBigUInt64LE(BigInt(a), OFFSET.act.a);
  head.writeBigUInt64LE(BigInt(b), OFFSET.act.b);
  for (const [index, text] of texts.entries()) {
    head.writeUInt16LE(text.length, OFFSET.act.exeSize + 2 * index);
  }
  const isUpper = 'upperLayer' in event && event.upperLayer;
  return { flags: isUpper ? FRAME_FLAG.upperLayer : 0, head, tail: Buffer.concat(texts) };
}

function actOf(event: ActEvent): Act {
  switch (event.type) {
    case 'symlink':
    case 'hardlink':
      return { first: event.oldPath, second: event.newPath };
    case 'iouring':
      return { a: event.opcode, b: event.flags };
    case 'bpf':
      return { a: event.cmd, b: event.attrSize };
    case 'kmod':
      return { a: syscallNumber(event.syscall), first: event.module };
    case 'ptrace':
      return { a: event.request ?? 0, b: event.targetPid ?? 0 };
    case 'unshare':
      return { a: event.flags ?? 0 };
    case 'setns':
      return { a: event.flags };
    case 'mount': {
      const { source, target, filesystem, flags } = event;
      return { a: flags, first: source, second: target, third: filesystem };
    }
    case 'randomx':
      return {};
    default:
      return event satisfies never;
  }
}

function capabilityNumber(name: string): number {
  for (let number = 0; number < CAPABILITIES; number += 1) {
    if (capabilityName(number) === name) return number;
  }
  return Number(name.replace('CAP_', ''));
}

const syscallName = syscallNamesOf(process.arch);

function syscallNumber(name: string): number {
  for (let number = 0; number < SYSCALLS; number += 1) {
    if (syscallName(number) === name) return number;
  }
  return Number(name.replace('syscall_', ''));
}
