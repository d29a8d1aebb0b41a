import { AgentError } from '#model/agent-error.js';
import { EVENT_TYPES, type EventType } from '#model/raw-event.js';
import { GADGET_EVENT_TYPES } from './inspektor-gadget-lines.ts';
import { TETRAGON_EVENT_TYPES } from './tetragon-lines.ts';

/** Who tells what happens: our own sensor, Inspektor Gadget or Tetragon. */
export type SourceKind = 'ebpf' | 'ig' | 'tetragon';

/** One source as it was asked for. */
export interface SourceSpec {
  /** As it was written, without the types: `ig:-`. */
  readonly name: string;
  readonly kind: SourceKind;
  /** The file that is followed; `-` for standard input; empty for our own sensor. */
  readonly place: string;
  /** The kinds of event that it is to tell; undefined: all that no other source was named for. */
  readonly types: ReadonlySet<EventType> | undefined;
}

/** The kinds of event that each kind of source can tell. */
export const TYPES_OF_SOURCES: Readonly<Record<SourceKind, readonly EventType[]>> = {
  ebpf: EVENT_TYPES,
  ig: GADGET_EVENT_TYPES,
  tetragon: TETRAGON_EVENT_TYPES,
};

const WANTED =
  'expected ebpf, ig:FILE, ig:-, tetragon:FILE or tetragon:-, each perhaps with =TYPE+TYPE';
/** Types stand behind the last `=`, if nothing but their letters does. */
const SPEC = /^(?<name>.*?)(?:=(?<types>[a-z]*(?:[+,][a-z]*)*))?$/s;

/**
 * Reads one value of the option `source`: `ebpf`, `ig:/run/exec.log`, `tetragon:-=network+capabilities`. A comma
 * between types does too, where the option is no list itself. Throws `invalid`.
 */
export function parseSourceSpec(text: string): SourceSpec {
  const { name = '', types } = SPEC.exec(text)?.groups ?? {};
  const colon = name.indexOf(':');
  const kind = colon < 0 ? name : name.slice(0, colon);
  const place = colon < 0 ? '' : name.slice(colon + 1);
  if (!isKind(kind)) throw unusable(text, WANTED);
  if (kind === 'ebpf' && colon >= 0)
    throw unusable(text, 'expected nothing behind ebpf but =TYPES');
  if (kind !== 'ebpf' && place === '') {
    throw unusable(text, `expected ${kind}:FILE, or ${kind}:- for standard input`);
  }
  return {
    name,
    kind,
    place,
    types: types === undefined ? undefined : readTypes(text, kind, types),
  };
}

/**
 * Which source tells which kinds of event: each kind has one. The source that names none has what no other one
 * was named for. Throws `invalid` when a kind has two sources, a source none, or two sources name none.
 */
export function shareTypes(
  specs: readonly SourceSpec[],
): ReadonlyMap<SourceSpec, ReadonlySet<EventType>> {
  const owners = namedOwners(specs);
  const rest = restOf(specs);
  for (const type of rest ? TYPES_OF_SOURCES[rest.kind] : []) {
    if (rest && !owners.has(type)) owners.set(type, rest);
  }
  const shares = specs.map((spec) => {
    const types = [...owners].filter(([, owner]) => owner === spec).map(([type]) => type);
    if (types.length > 0) return [spec, new Set(types)] as const;
    throw unusable(spec.name, 'all that it can tell is told by other sources');
  });
  return new Map(shares);
}

function namedOwners(specs: readonly SourceSpec[]): Map<EventType, SourceSpec> {
  const owners = new Map<EventType, SourceSpec>();
  for (const spec of specs) {
    for (const type of spec.types ?? []) {
      const other = owners.get(type);
      if (other) {
        throw unusable(spec.name, `${type} is told by ${other.name}: expected one source for each`);
      }
      owners.set(type, spec);
    }
  }
  return owners;
}

function restOf(specs: readonly SourceSpec[]): SourceSpec | undefined {
  const [rest, second] = specs.filter(({ types }) => types === undefined);
  if (!rest || !second) return rest;
  const why = `expected =TYPES, as ${rest.name} has none either: one source alone may have the rest`;
  throw unusable(second.name, why);
}

function readTypes(text: string, kind: SourceKind, written: string): ReadonlySet<EventType> {
  const can = TYPES_OF_SOURCES[kind];
  const types = new Set<EventType>();
  for (const name of written.split(/[+,]/)) {
    const type = can.find((known) => known === name);
    if (type === undefined) {
      throw unusable(text, `${kind} tells no "${name}"; expected some of ${can.join(', ')}`);
    }
    types.add(type);
  }
  return types;
}

function isKind(kind: string): kind is SourceKind {
  return Object.hasOwn(TYPES_OF_SOURCES, kind);
}

function unusable(text: string, why: string): AgentError {
  return new AgentError('invalid', `source ${text}: ${why}`);
}
