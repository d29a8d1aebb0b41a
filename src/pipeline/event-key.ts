import type { HttpEvent, NetworkEvent, RawEvent } from '#model/raw-event.js';
import type { RepeatableType } from './dedup-windows.ts';
import type { EventHash } from './event-hash.ts';

/** An event of which repetitions are set aside. */
export type RepeatableEvent = Extract<RawEvent, { readonly type: RepeatableType }>;

/** One for each type, so that no two types have events alike. */
const NUMBERS: Readonly<Record<RepeatableType, number>> = {
  open: 1,
  capabilities: 2,
  hardlink: 3,
  iouring: 4,
  ptrace: 5,
  ssh: 6,
  symlink: 7,
  network: 8,
  syscall: 9,
  http: 10,
};

/**
 * Adds what events must have in common to be repetitions of each other. `turn` tells programs apart that one process
 * id has had. Source of the fields: the public node agent's keys, with the container in place of the mount namespace,
 * and with everything that a rule can read of a request.
 */
export function addEventKey(hash: EventHash, event: RepeatableEvent, turn: number): void {
  hash.number(NUMBERS[event.type]);
  hash.number(event.cgroupId);
  // These two are about the container, whichever of its processes acts.
  if (event.type === 'syscall') {
    hash.text(event.syscall);
    return;
  }
  if (event.type === 'ssh') {
    addTexts(hash, event.address, event.sourceAddress);
    hash.number(event.port);
    return;
  }
  hash.number(event.pid);
  hash.number(turn);
  addAct(hash, event);
}

function addAct(
  hash: EventHash,
  event: Exclude<RepeatableEvent, { readonly type: 'syscall' | 'ssh' }>,
): void {
  switch (event.type) {
    case 'open':
      hash.number(event.flags);
      hash.number(event.result < 0 ? 0 : 1);
      hash.text(event.path);
      return;
    case 'capabilities':
      addTexts(hash, event.capability, event.syscall);
      return;
    case 'symlink':
    case 'hardlink':
      addTexts(hash, event.oldPath, event.newPath);
      return;
    case 'iouring':
      hash.number(event.opcode);
      hash.number(event.flags);
      return;
    case 'ptrace':
      hash.text(event.exePath);
      hash.number(event.request ?? -1);
      hash.number(event.targetPid ?? -1);
      return;
    case 'network':
      addNetwork(hash, event);
      return;
    case 'http':
      addHttp(hash, event);
      return;
    default:
      event satisfies never;
  }
}

function addNetwork(hash: EventHash, event: NetworkEvent): void {
  addTexts(hash, event.direction, event.protocol);
  hash.text(event.address);
  hash.number(event.port);
}

/** A request and its answers are never alike. Of an answer nobody reads more than this. */
function addHttp(hash: EventHash, event: HttpEvent): void {
  addTexts(hash, event.direction, event.method);
  addTexts(hash, event.host, event.url);
  hash.number(event.answerStatus ?? -1);
  if (event.answerStatus !== undefined) return;
  // An attack may differ from a harmless request in nothing but these.
  for (const [name, values] of Object.entries(event.headers)) {
    hash.text(name);
    hash.number(values.length);
    for (const value of values) hash.text(value);
  }
  hash.number(event.body === undefined ? 0 : 1);
  hash.text(event.body ?? '');
}

function addTexts(hash: EventHash, first: string, second: string): void {
  hash.text(first);
  hash.text(second);
}
