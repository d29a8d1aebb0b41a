import type { RuleEventType } from '#rules/rule.js';

/** Fields that only events of some types have; in all others they are empty, false or 0. */
const TYPES_OF_FIELD: Readonly<Record<string, readonly RuleEventType[]>> = {
  args: ['exec'],
  attrSize: ['bpf'],
  capName: ['capabilities'],
  cmd: ['bpf'],
  direction: ['network', 'http'],
  dstAddr: ['network'],
  dstIp: ['dns', 'http', 'ssh'],
  dstPort: ['network', 'dns', 'http', 'ssh'],
  flags: ['open'],
  flagsRaw: ['open', 'iouring', 'unshare', 'mount', 'setns'],
  hasTty: ['exec'],
  module: ['kmod', 'mount'],
  name: ['dns'],
  newPath: ['symlink', 'hardlink', 'mount'],
  oldPath: ['symlink', 'hardlink', 'mount'],
  opcode: ['iouring'],
  path: ['open'],
  pktType: ['network'],
  proto: ['network', 'dns'],
  pupperlayer: ['exec'],
  srcPort: ['dns', 'http', 'ssh'],
  tty: ['exec'],
  ttyMajor: ['exec'],
  ttyMinor: ['exec'],
};

/** The zero of each of them that is not a text. */
const ZEROES: Readonly<Record<string, boolean | bigint>> = {
  attrSize: 0n,
  cmd: 0n,
  dstPort: 0n,
  flagsRaw: 0n,
  hasTty: false,
  opcode: 0n,
  pupperlayer: false,
  srcPort: 0n,
  tty: 0n,
  ttyMajor: 0n,
  ttyMinor: 0n,
};

/** Lists: they are empty, which no literal is compared with. */
const LISTS: ReadonlySet<string> = new Set(['args', 'flags']);

/** A field that events of a type never have, as what an expression reads there. */
export interface ZeroField {
  readonly zero: string | boolean | bigint | readonly [];
}

/** What a field always is in events of this type, or undefined when it may be anything. */
export function zeroOf(field: string, type: RuleEventType): ZeroField | undefined {
  const [outer = ''] = field.split('.', 1);
  if (outer === 'request') {
    return type === 'http' || field === 'request' ? undefined : { zero: '' };
  }
  const types = TYPES_OF_FIELD[outer];
  if (types === undefined || types.includes(type) || type === 'k8s-admission') return undefined;
  if (type === 'procfs') return undefined;
  return { zero: LISTS.has(outer) ? [] : (ZEROES[outer] ?? '') };
}
