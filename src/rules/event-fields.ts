import type { CelType } from '#cel/cel-declarations.js';

/**
 * Every field that a rule may read of an event, with its type, as the public system declares them.
 * One that does not apply to an event has its type's zero.
 */
export const EVENT_FIELDS = {
  args: 'list<dyn>',
  attrSize: 'uint',
  capName: 'string',
  cmd: 'uint',
  comm: 'string',
  containerId: 'string',
  containerName: 'string',
  cwd: 'string',
  direction: 'string',
  dstAddr: 'string',
  dstIp: 'string',
  dstPort: 'int',
  exepath: 'string',
  flags: 'list<dyn>',
  flagsRaw: 'int',
  hasTty: 'bool',
  module: 'string',
  name: 'string',
  namespace: 'string',
  newPath: 'string',
  oldPath: 'string',
  opcode: 'int',
  path: 'string',
  pcomm: 'string',
  pid: 'uint',
  pktType: 'string',
  podName: 'string',
  ppid: 'uint',
  proto: 'string',
  pupperlayer: 'bool',
  request: 'HttpRequest',
  srcPort: 'int',
  syscallName: 'string',
  tty: 'int',
  ttyMajor: 'uint',
  ttyMinor: 'uint',
  uid: 'uint',
  upperlayer: 'bool',
} as const satisfies Readonly<Record<string, CelType>>;

/** The name of a field of an event. */
export type EventField = keyof typeof EVENT_FIELDS;

/** `has()` tells of these whether the source measured them; of the others it is true. */
export const MEASURED_FIELDS = ['hasTty', 'tty', 'ttyMajor', 'ttyMinor'] as const;

/** Fields of `event.request`. `has()` tells of them whether there is a request. */
export const REQUEST_FIELDS = {
  body: 'string',
  headers: 'map<string, dyn>',
  host: 'string',
  method: 'string',
  path: 'string',
  url: 'string',
} as const satisfies Readonly<Record<string, CelType>>;
