import { celUint } from '#cel/cel-uint.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import { openFlagNames } from '#profile/open-flags.js';
import { EVENT_FIELDS, REQUEST_FIELDS } from './event-fields.ts';

const NO_TEXTS: readonly string[] = [];

/** What stands in `event.request` of an event that is no HTTP request: a request with nothing in it. */
export class HttpRequest {}

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

  get comm(): string {
    return this.#subject.event.comm;
  }

  get containerId(): string {
    return this.#subject.container.id;
  }

  get containerName(): string {
    return this.#subject.container.name;
  }

  get cwd(): string {
    const { event } = this.#subject;
    return event.type === 'exec' ? event.cwd : '';
  }

  get exepath(): string {
    const { event } = this.#subject;
    return event.type === 'exec' ? normalizePath(event.exePath) : '';
  }

  get flags(): readonly string[] {
    const { event } = this.#subject;
    return event.type === 'open' ? openFlagNames(event.flags) : NO_TEXTS;
  }

  get flagsRaw(): bigint {
    const { event } = this.#subject;
    return event.type === 'open' ? BigInt(event.flags) : 0n;
  }

  get namespace(): string {
    return this.#subject.container.namespace;
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

  get podName(): string {
    return this.#subject.container.pod?.name ?? '';
  }

  get ppid(): object {
    const { event } = this.#subject;
    return celUint(event.type === 'fork' ? event.pid : event.ppid);
  }

  get pupperlayer(): boolean {
    const { event } = this.#subject;
    return event.type === 'exec' && event.parentUpperLayer;
  }

  get uid(): object {
    return celUint(this.#subject.event.uid);
  }

  get upperlayer(): boolean {
    const { event } = this.#subject;
    return event.type === 'exec' && event.upperLayer;
  }
}

const ZERO_BY_TYPE: Readonly<Record<string, unknown>> = {
  bool: false,
  HttpRequest: new HttpRequest(),
  int: 0n,
  'list<dyn>': NO_TEXTS,
  'map<string, dyn>': new Map(),
  string: '',
  uint: celUint(0),
};

function addZeroes(prototype: object, fields: Readonly<Record<string, string>>): void {
  for (const [name, type] of Object.entries(fields)) {
    if (name in prototype) continue;
    Object.defineProperty(prototype, name, { value: ZERO_BY_TYPE[type] });
  }
}

addZeroes(HttpRequest.prototype, REQUEST_FIELDS);
addZeroes(RuleEvent.prototype, EVENT_FIELDS);

/** The variables of an expression. `http` is not among them: the sensor has no HTTP events. */
export interface EventActivation {
  readonly event: RuleEvent;
  readonly eventType: string;
}

/** The variables for one event. Cheap: nothing of the event is decoded yet. */
export function activationOf(subject: AttributedEvent): EventActivation {
  return { event: new RuleEvent(subject), eventType: subject.event.type };
}
