import { celUint } from '#cel/cel-uint.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { HttpEvent } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { EVENT_FIELDS, REQUEST_FIELDS } from './event-fields.ts';
import { ZERO_BY_TYPE } from './event-zeroes.ts';

const NO_TEXTS: readonly string[] = [];
/**
 * `event.request`: an HTTP request, or one with nothing in it for other events. Without a body: no
 * source gives one.
 */
export class HttpRequest {
  readonly #event: HttpEvent | undefined;

  constructor(event?: HttpEvent) {
    this.#event = event;
  }

  /** By name in canonical form (`User-Agent`), each with all its values. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    const headers = new Map<string, readonly string[]>();
    for (const [written, values] of Object.entries(this.#event?.headers ?? {})) {
      const name = canonicalHeader(written);
      headers.set(name, [...(headers.get(name) ?? []), ...values]);
    }
    return headers;
  }

  get host(): string {
    return this.#event?.host ?? '';
  }

  get method(): string {
    return this.#event?.method ?? '';
  }

  /** Without the query. */
  get path(): string {
    return this.#event?.url.split(/[?#]/, 1)[0] ?? '';
  }

  /** As in the request line. */
  get url(): string {
    return this.#event?.url ?? '';
  }
}

/** The public system's words for who began. */
const PACKET_TYPE = { inbound: 'HOST', outbound: 'OUTGOING' } as const;
const NO_REQUEST = new HttpRequest();

/**
 * An event as rules see it: one getter for each field, so that reading one decodes no other.
 * Fields that need no event are on the prototype (see below the class).
 */
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

  get capName(): string {
    const { event } = this.#subject;
    return event.type === 'capabilities' ? event.capability : '';
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
    return event.type === 'dns' || event.type === 'http' ? event.address : '';
  }

  get dstPort(): bigint {
    const { event } = this.#subject;
    const has = event.type === 'network' || event.type === 'dns' || event.type === 'http';
    return has ? BigInt(event.port) : 0n;
  }

  /** Of a DNS event, what is known of its process. */
  get exepath(): string {
    const { event, process } = this.#subject;
    switch (event.type) {
      case 'exec':
      case 'symlink':
      case 'hardlink':
        return normalizePath(event.exePath);
      case 'dns':
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
    return event.type === 'open' || event.type === 'iouring' ? BigInt(event.flags) : 0n;
  }

  /** The name that was asked for, with the dot at its end. */
  get name(): string {
    const { event } = this.#subject;
    return event.type === 'dns' ? event.name : '';
  }

  get namespace(): string {
    return this.#subject.container.namespace;
  }

  get newPath(): string {
    return this.#linkPath('newPath');
  }

  get oldPath(): string {
    return this.#linkPath('oldPath');
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
    return event.type === 'dns' || event.type === 'http' ? BigInt(event.sourcePort) : 0n;
  }

  get syscallName(): string {
    const { event } = this.#subject;
    return event.type === 'syscall' || event.type === 'capabilities' ? event.syscall : '';
  }

  get uid(): object {
    return celUint(this.#subject.event.uid);
  }

  get upperlayer(): boolean {
    const { event } = this.#subject;
    return 'upperLayer' in event && event.upperLayer;
  }

  #linkPath(which: 'oldPath' | 'newPath'): string {
    const { event } = this.#subject;
    const isLink = event.type === 'symlink' || event.type === 'hardlink';
    return isLink ? normalizePath(event[which]) : '';
  }
}

function addZeroes(prototype: object, fields: Readonly<Record<string, string>>): void {
  for (const [name, type] of Object.entries(fields)) {
    if (name in prototype) continue;
    Object.defineProperty(prototype, name, { value: ZERO_BY_TYPE[type] });
  }
}

addZeroes(HttpRequest.prototype, REQUEST_FIELDS);
addZeroes(RuleEvent.prototype, EVENT_FIELDS);

/** The variables of an expression. */
export interface EventActivation {
  readonly event: RuleEvent;
  readonly eventType: string;
  /** The event once more, if it is an HTTP request. */
  readonly http?: RuleEvent;
}

/** The variables for one event. Cheap: nothing of the event is decoded yet. */
export function activationOf(subject: AttributedEvent): EventActivation {
  const event = new RuleEvent(subject);
  const eventType = subject.event.type;
  return eventType === 'http' ? { event, eventType, http: event } : { event, eventType };
}

/** As Go's `textproto.CanonicalMIMEHeaderKey` writes it, which rules rely on. */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
