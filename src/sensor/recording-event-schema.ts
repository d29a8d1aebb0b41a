import * as v from 'valibot';
import type { RawEvent } from '#model/raw-event.js';
import { parseIpAddress } from '#profile/ip-address.js';
import { count, labels, strings, text, time, timed } from './recording-fields.ts';

/** Longest text of a kind that names something; paths and arguments are bounded by the line alone. */
const name = v.pipe(text, v.maxLength(256));
/** 255 bytes, each of which may be written as four characters. */
const MAX_DNS_NAME = 1_024;
const MAX_HEADERS = 256;
/** What servers take as one line of a request, twice. */
const MAX_REQUEST_CHARS = 16_384;
const MAX_ADDRESSES = 256;
const MAX_ENV_NAMES = 4_096;
const MAX_FRAMES = 1_024;
const MAX_NAMES = 256;
/** What fits the field of a DNS answer. */
const MAX_TTL_SECONDS = 2 ** 32 - 1;

const port = v.pipe(count, v.maxValue(65_535));
const address = v.pipe(
  text,
  v.check((given) => parseIpAddress(given) !== undefined, 'expected an IP address'),
);
const direction = v.picklist(['inbound', 'outbound']);
const boundedLabels = v.pipe(labels, v.maxEntries(256));
const requestText = v.pipe(text, v.maxLength(MAX_REQUEST_CHARS));
const frame = v.object({
  fileId: v.pipe(name, v.regex(/^[^:/]*$/, 'expected no : and no /')),
  line: count,
});
const envName = v.pipe(name, v.regex(/^[^=]+$/, 'expected a name without its value'));

const eventBase = {
  ...timed,
  seq: count,
  cgroupId: count,
  mountNs: count,
  pid: count,
  processStartMs: v.exactOptional(time),
  tid: count,
  ppid: count,
  uid: count,
  gid: count,
  comm: text,
  parentComm: text,
  setup: v.boolean(),
  callStack: v.exactOptional(v.pipe(v.array(frame), v.maxLength(MAX_FRAMES))),
};

const peer = v.object({
  kind: v.picklist(['pod', 'service']),
  namespace: name,
  name,
  labels: v.exactOptional(boundedLabels),
  selector: v.exactOptional(boundedLabels),
});

const program = { ...eventBase, exePath: text, upperLayer: v.boolean() };
const link = { ...program, oldPath: text, newPath: text };

/** The events of a recording, one schema for each kind. */
export const EVENT_SCHEMAS = [
  v.object({
    type: v.literal('exec'),
    ...eventBase,
    args: strings,
    argsTruncated: v.boolean(),
    file: text,
    exePath: text,
    cwd: text,
    upperLayer: v.boolean(),
    parentUpperLayer: v.boolean(),
    envNames: v.exactOptional(v.pipe(v.array(envName), v.maxLength(MAX_ENV_NAMES))),
    tty: v.exactOptional(v.object({ major: count, minor: count })),
  }),
  v.object({
    type: v.literal('open'),
    ...eventBase,
    path: text,
    flags: count,
    result: v.pipe(v.number(), v.integer()),
    pathTruncated: v.exactOptional(v.boolean()),
  }),
  v.object({
    type: v.literal('fork'),
    ...eventBase,
    childPid: count,
    childStartMs: v.exactOptional(time),
  }),
  v.object({ type: v.literal('exit'), ...eventBase, exitCode: count, signal: count }),
  v.object({ type: v.literal('capabilities'), ...eventBase, capability: name, syscall: name }),
  v.object({ type: v.literal('syscall'), ...eventBase, syscall: name }),
  v.object({
    type: v.literal('network'),
    ...eventBase,
    direction,
    protocol: v.picklist(['TCP', 'UDP', 'SCTP']),
    address,
    port,
    peer: v.exactOptional(peer),
    names: v.exactOptional(v.pipe(v.array(name), v.maxLength(MAX_NAMES))),
  }),
  v.object({
    type: v.literal('dns'),
    ...eventBase,
    name: v.pipe(text, v.maxLength(MAX_DNS_NAME)),
    isAnswer: v.boolean(),
    direction: v.exactOptional(v.picklist(['inbound', 'outbound'])),
    addresses: v.pipe(v.array(address), v.maxLength(MAX_ADDRESSES)),
    ttlSeconds: v.exactOptional(v.pipe(count, v.maxValue(MAX_TTL_SECONDS))),
    protocol: v.picklist(['TCP', 'UDP']),
    address,
    port,
    sourcePort: port,
  }),
  v.object({
    type: v.literal('http'),
    ...eventBase,
    answerStatus: v.exactOptional(v.pipe(count, v.maxValue(999))),
    direction,
    internal: v.boolean(),
    method: name,
    url: requestText,
    host: requestText,
    headers: v.pipe(v.record(name, v.array(requestText)), v.maxEntries(MAX_HEADERS)),
    body: v.exactOptional(text),
    address,
    port,
    sourcePort: port,
  }),
  v.object({ type: v.literal('symlink'), ...link }),
  v.object({ type: v.literal('hardlink'), ...link }),
  v.object({ type: v.literal('iouring'), ...eventBase, opcode: count, flags: count }),
  v.object({ type: v.literal('bpf'), ...program, cmd: count, attrSize: count }),
  v.object({ type: v.literal('kmod'), ...program, module: name, syscall: name }),
  v.object({
    type: v.literal('ptrace'),
    ...eventBase,
    exePath: text,
    request: v.exactOptional(count),
    targetPid: v.exactOptional(count),
  }),
  v.object({ type: v.literal('randomx'), ...program }),
  v.object({
    type: v.literal('ssh'),
    ...eventBase,
    address,
    port,
    sourceAddress: address,
    sourcePort: port,
  }),
  v.object({ type: v.literal('unshare'), ...program, flags: v.exactOptional(count) }),
  v.object({
    type: v.literal('mount'),
    ...program,
    source: text,
    target: text,
    filesystem: text,
    flags: count,
  }),
  v.object({ type: v.literal('setns'), ...program, flags: count }),
] as const satisfies readonly v.GenericSchema<unknown, RawEvent>[];
