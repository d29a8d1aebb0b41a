import type { AdmissionEvent } from './admission-event.ts';
import { PathPrefixes } from './path-prefixes.ts';
import {
  type ExcludedProcess,
  type PrefilterParameters,
  parsePrefilter,
} from './prefilter-parameters.ts';
import { RuleEvent } from './rule-event.ts';

/** The event that a prefilter looks at, and its type. */
export interface PrefilterSubject {
  readonly type: string;
  readonly event: RuleEvent | AdmissionEvent;
}

/**
 * Decides by a few fields of an event that a rule need not look at it. What an event does not tell of
 * itself (an empty path, a direction) does not keep it from a rule.
 */
export class Prefilter {
  readonly parameters: PrefilterParameters;
  readonly #include: PathPrefixes | undefined;
  readonly #ignore: PathPrefixes;
  readonly #ports: ReadonlySet<number>;
  readonly #methods: ReadonlySet<string>;

  constructor(parameters: PrefilterParameters) {
    this.parameters = parameters;
    const { includePrefixes, ignorePrefixes, ports, methods } = parameters;
    this.#include = includePrefixes.length > 0 ? new PathPrefixes(includePrefixes) : undefined;
    this.#ignore = new PathPrefixes(ignorePrefixes);
    this.#ports = new Set(ports);
    this.#methods = new Set(methods.map((method) => method.toUpperCase()));
  }

  /** True when the event is kept from the rule. */
  skips({ type, event }: PrefilterSubject): boolean {
    if (!(event instanceof RuleEvent)) return false;
    switch (type) {
      case 'open':
        return this.#skipsPath(event.path);
      case 'exec':
        return this.#skipsPath(event.exepath) || this.#skipsProcess(event);
      case 'network':
      case 'ssh':
        return this.#ports.size > 0 && !this.#ports.has(Number(event.dstPort));
      case 'http':
        return this.#skipsRequest(event);
      default:
        return false;
    }
  }

  #skipsPath(path: string): boolean {
    if (path === '') return false;
    return (this.#include !== undefined && !this.#include.hold(path)) || this.#ignore.hold(path);
  }

  #skipsProcess(event: RuleEvent): boolean {
    const { excludeProcesses, excludeParentProcesses } = this.parameters;
    if (names(excludeProcesses, event.comm, () => event.exepath)) return true;
    return names(excludeParentProcesses, event.pcomm, () => event.parentExePath);
  }

  #skipsRequest(event: RuleEvent): boolean {
    const wanted = this.parameters.direction;
    const direction = event.direction.toLowerCase();
    const isKnown = direction === 'inbound' || direction === 'outbound';
    if (wanted !== '' && isKnown && direction !== wanted) return true;
    const { method } = event.request;
    return this.#methods.size > 0 && method !== '' && !this.#methods.has(method.toUpperCase());
  }
}

/**
 * The prefilter that a rule's `state` describes, with the parameters of a binding in place of those of
 * the same name; undefined when they keep nothing out, or when something in them is malformed.
 */
export function prefilterFrom(
  state: Readonly<Record<string, unknown>>,
  parameters: Readonly<Record<string, unknown>> = {},
): Prefilter | undefined {
  const parsed = parsePrefilter({ ...state, ...parameters });
  if (typeof parsed === 'string') return undefined;
  const isActive = Object.values(parsed).some((value) => value.length > 0);
  return isActive ? new Prefilter(parsed) : undefined;
}

function names(excluded: readonly ExcludedProcess[], name: string, pathOf: () => string): boolean {
  return excluded.some((process) => process.name === name && process.path === pathOf());
}
