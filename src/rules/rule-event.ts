import { celUint } from '#cel/cel-uint.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { EventType, ExecEvent, LinkEvent, RawEvent } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { MEASURED_FIELDS } from './event-fields.ts';
import { HttpRequest, NO_REQUEST } from './http-request.ts';
import { mountSource } from './mount-source.ts';
import { presenceOf } from './presence.ts';

const NO_TEXTS: readonly string[] = Object.freeze([]);
/** The public system's words for who began. */
const PACKET_TYPE = { inbound: 'HOST', outbound: 'OUTGOING' } as const;

/**
 * The system call of kinds that are about one alone; of links the older of the two that do the same. The public
 * system has none here.
 */
const SYSCALL_OF_TYPE: Readonly<Partial<Record<EventType, string>>> = {
  bpf: 'bpf',
  hardlink: 'link',
  iouring: 'io_uring_enter',
  mount: 'mount',
  ptrace: 'ptrace',
  setns: 'setns',
  symlink: 'symlink',
  unshare: 'unshare',
};

/** An event as rules see it: one getter for each field, so that reading one decodes no other. */
export class RuleEvent {
  readonly #subject: AttributedEvent;
  #path: string | undefined;

  constructor(subject: AttributedEvent) {
    this.#subject = subject;
  }

  get args(): readonly string[] {
    const { event } = this.#subject;
    return event.type === 'exec' ? event.args : NO_TEXTS;
  }

  get attrSize(): object {
    const { event } = this.#subject;
    return celUint(event.type === 'bpf' ? event.attrSize : 0);
  }

  get capName(): string {
    const { event } = this.#subject;
    return event.type === 'capabilities' ? event.capability : '';
  }

  get cmd(): object {
    const { event } = this.#subject;
    return celUint(event.type === 'bpf' ? event.cmd : 0);
  }

  get comm(): string {
    return this.#subject.event.comm;
  }

  get containerId(): string {
    return this.#subject.container.id;
  }

  get containerName(): string {
    return this.#subject.container.name;
  }

  /** Of a DNS event, what is known of its process. */
  get cwd(): string {
    const { event, process } = this.#subject;
    if (event.type === 'exec') return event.cwd;
    return event.type === 'dns' ? process.cwd : '';
  }

  get direction(): string {
    const { event } = this.#subject;
    return event.type === 'network' || event.type === 'http' ? event.direction : '';
  }

  get dstAddr(): string {
    const { event } = this.#subject;
    return event.type === 'network' ? event.address : '';
  }

  get dstIp(): string {
    const { event } = this.#subject;
    return hasTwoPorts(event) ? event.address : '';
  }

  get dstPort(): bigint {
    const { event } = this.#subject;
    return event.type === 'network' || hasTwoPorts(event) ? BigInt(event.port) : 0n;
  }

  /** Of a DNS event and a fork, what is known of the process. */
  get exepath(): string {
    const { event, process } = this.#subject;
    switch (event.type) {
      case 'exec':
      case 'symlink':
      case 'hardlink':
      case 'bpf':
      case 'kmod':
      case 'mount':
      case 'ptrace':
      case 'randomx':
      case 'setns':
      case 'unshare':
        return normalizePath(event.exePath);
      case 'dns':
      case 'fork':
        return normalizePath(process.exePath);
      default:
        return '';
    }
  }

  get flags(): readonly string[] {
    const { event } = this.#subject;
    return event.type === 'open' ? openFlagNames(event.flags) : NO_TEXTS;
  }

  get flagsRaw(): bigint {
    const { event } = this.#subject;
    return 'flags' in event && event.flags !== undefined ? BigInt(event.flags) : 0n;
  }

  /** True when the process has a controlling terminal. */
  get hasTty(): boolean {
    return (this.#tty?.major ?? 0) !== 0;
  }

  /** Of a mount, the type of its file system, which is a module of the kernel too. */
  get module(): string {
    const { event } = this.#subject;
    if (event.type === 'mount') return event.filesystem;
    return event.type === 'kmod' ? event.module : '';
  }

  /** The name that was asked for, with the dot at its end. */
  get name(): string {
    const { event } = this.#subject;
    return event.type === 'dns' ? event.name : '';
  }

  get namespace(): string {
    return this.#subject.container.namespace;
  }

  /** Of a mount, where it was mounted. */
  get newPath(): string {
    const { event } = this.#subject;
    if (event.type === 'mount') return normalizePath(event.target);
    return isLink(event) ? normalizePath(event.newPath) : '';
  }

  /** Of a mount, what was mounted: a path, or a name such as `tmpfs`, which stays as it is. */
  get oldPath(): string {
    const { event } = this.#subject;
    if (event.type === 'mount') return mountSource(event.source);
    return isLink(event) ? normalizePath(event.oldPath) : '';
  }

  get opcode(): bigint {
    const { event } = this.#subject;
    return event.type === 'iouring' ? BigInt(event.opcode) : 0n;
  }

  /** Kept once computed: most rules on opens read it, the prefilter before them. */
  get path(): string {
    if (this.#path === undefined) {
      const { event } = this.#subject;
      this.#path = event.type === 'open' ? normalizePath(event.path) : '';
    }
    return this.#path;
  }

  get pcomm(): string {
    return this.#subject.event.parentComm;
  }

  /** Of a fork, the new process. */
  get pid(): object {
    const { event } = this.#subject;
    return celUint(event.type === 'fork' ? event.childPid : event.pid);
  }

  get pktType(): string {
    const { event } = this.#subject;
    return event.type === 'network' ? PACKET_TYPE[event.direction] : '';
  }

  get podName(): string {
    return this.#subject.container.pod?.name ?? '';
  }

  get ppid(): object {
    const { event } = this.#subject;
    return celUint(event.type === 'fork' ? event.pid : event.ppid);
  }

  get proto(): string {
    const { event } = this.#subject;
    return event.type === 'network' || event.type === 'dns' ? event.protocol : '';
  }

  get pupperlayer(): boolean {
    const { event } = this.#subject;
    return event.type === 'exec' && event.parentUpperLayer;
  }

  get request(): HttpRequest {
    const { event } = this.#subject;
    return event.type === 'http' ? new HttpRequest(event) : NO_REQUEST;
  }

  get srcPort(): bigint {
    const { event } = this.#subject;
    return hasTwoPorts(event) ? BigInt(event.sourcePort) : 0n;
  }

  /** What the source says, or the call that the kind of event is about. */
  get syscallName(): string {
    const { event } = this.#subject;
    return 'syscall' in event ? event.syscall : (SYSCALL_OF_TYPE[event.type] ?? '');
  }

  /** Number of the controlling terminal among those of its kind. */
  get tty(): bigint {
    return BigInt(this.#tty?.minor ?? 0);
  }

  get ttyMajor(): object {
    return celUint(this.#tty?.major ?? 0);
  }

  get ttyMinor(): object {
    return celUint(this.#tty?.minor ?? 0);
  }

  get uid(): object {
    return celUint(this.#subject.event.uid);
  }

  get upperlayer(): boolean {
    const { event } = this.#subject;
    return 'upperLayer' in event && event.upperLayer;
  }

  /** Program of the parent, as far as it is known; not a field of rules. */
  get parentExePath(): string {
    return normalizePath(this.#subject.process.parent?.exePath ?? '');
  }

  /** Undefined when the source does not tell of terminals: `has()` of their fields is false then. */
  get ttyPresence(): true | undefined {
    return this.#tty && true;
  }

  get #tty(): ExecEvent['tty'] {
    const { event } = this.#subject;
    return event.type === 'exec' ? event.tty : undefined;
  }
}

for (const field of MEASURED_FIELDS) {
  Object.defineProperty(RuleEvent.prototype, presenceOf(field), {
    get(this: RuleEvent) {
      return this.ttyPresence;
    },
  });
}

function isLink(event: RawEvent): event is LinkEvent {
  return event.type === 'symlink' || event.type === 'hardlink';
}

type TwoPortEvent = Extract<RawEvent, { readonly sourcePort: number }>;

function hasTwoPorts(event: RawEvent): event is TwoPortEvent {
  return event.type === 'dns' || event.type === 'http' || event.type === 'ssh';
}
