import { AgentError } from '#model/agent-error.js';
import { isRecord } from '#profile/is-record.js';
import { normalizePath } from '#profile/normalize-path.js';
import { EVENT_FIELDS, type EventField, MEASURED_FIELDS, REQUEST_FIELDS } from './event-fields.ts';
import { ZERO_BY_TYPE } from './event-zeroes.ts';
import { GIVEN_VALUES } from './given-value.ts';
import { HttpRequest, NO_REQUEST } from './http-request.ts';
import { mountSource } from './mount-source.ts';
import { nearestName } from './nearest-name.ts';
import { presenceOf } from './presence.ts';
import { RuleEvent } from './rule-event.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields that rules see normalised, whatever was given. */
const PATHS: ReadonlySet<string> = new Set(['exepath', 'path', 'oldPath', 'newPath']);
/** Longer texts are not shown whole. */
const SHOWN = 40;
/** What the public system makes of the packet type of a network event whose direction is not given. */
const DIRECTIONS: Readonly<Record<string, string>> = { HOST: 'inbound', OUTGOING: 'outbound' };

/**
 * An event made of the values that expressions are to see; those that are not given are their type's
 * zero. `has()` of the fields about terminals is true of those given. Throws `invalid` that names the
 * field and what was expected when a name is not one of a field or a value not of its type.
 */
export function givenEvent(eventType: string, fields: Fields): RuleEvent {
  const given = withoutNulls(fields);
  requireKnown(given, EVENT_FIELDS, 'event');
  const values = new Map<string, unknown>([['parentExePath', '']]);
  for (const [field, type] of Object.entries(EVENT_FIELDS)) {
    values.set(field, fieldValue(field, type, given[field]));
    if (given[field] !== undefined) values.set(presenceOf(field), true);
  }
  addTty(values, given);
  if (eventType === 'mount') values.set('oldPath', mountSource(String(given['oldPath'] ?? '')));
  if (eventType === 'network' && given['direction'] === undefined) {
    values.set('direction', DIRECTIONS[String(values.get('pktType'))] ?? '');
  }
  return shadowing(RuleEvent.prototype, values);
}

function fieldValue(
  field: string,
  type: (typeof EVENT_FIELDS)[EventField],
  value: unknown,
): unknown {
  if (type === 'HttpRequest') return value === undefined ? NO_REQUEST : givenRequest(value);
  if (value === undefined) return ZERO_BY_TYPE[type];
  const read = readAs(type, value, `event.${field}`);
  return PATHS.has(field) ? normalizePath(read as string) : read;
}

function givenRequest(fields: unknown): HttpRequest {
  if (!isRecord(fields)) throw wrong('event.request', 'a mapping of fields', fields);
  const given = withoutNulls(fields);
  requireKnown(given, REQUEST_FIELDS, 'event.request');
  const values = new Map<string, unknown>();
  for (const [field, type] of Object.entries(REQUEST_FIELDS)) {
    const value = given[field];
    const at = `event.request.${field}`;
    values.set(field, value === undefined ? ZERO_BY_TYPE[type] : readAs(type, value, at));
    values.set(presenceOf(field), true);
  }
  return shadowing(HttpRequest.prototype, values);
}

/** What is null is not given. */
function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}

/** As the public system does it, `hasTty` is known when `tty` is, and the number of its kind decides. */
function addTty(values: Map<string, unknown>, given: Fields): void {
  for (const field of MEASURED_FIELDS) {
    if (given[field] === undefined) values.set(presenceOf(field), undefined);
  }
  if (given['hasTty'] !== undefined) return;
  const deciding = given['ttyMajor'] ?? given['tty'];
  if (deciding === undefined) return;
  values.set('hasTty', BigInt(String(deciding)) !== 0n);
  if (given['tty'] !== undefined) values.set(presenceOf('hasTty'), true);
}

function readAs(type: keyof typeof GIVEN_VALUES, value: unknown, at: string): unknown {
  const { expected, read } = GIVEN_VALUES[type];
  const result = read(value);
  if (result === undefined) throw wrong(at, `${expected} (${type})`, value);
  return result;
}

function requireKnown(given: Fields, known: Fields, where: string): void {
  const names = Object.keys(known);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const nearest = nearestName(name, names);
    const hint = nearest ? `did you mean ${nearest}?` : `there are ${names.join(', ')}`;
    throw new AgentError('invalid', `${where}.${name}: no such field; ${hint}`);
  }
}

function wrong(at: string, expected: string, value: unknown): AgentError {
  return new AgentError('invalid', `${at}: expected ${expected}, got ${described(value)}`);
}

function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN)) : String(value);
}

/**
 * An object of the class, for expressions tell types apart by their class, with values of its own in
 * front of all its getters, which would find nothing to read.
 */
function shadowing<Value extends object>(
  prototype: Value,
  values: ReadonlyMap<string, unknown>,
): Value {
  const own = [...values].map(([name, value]) => [name, { value }] as const);
  return Object.create(prototype, Object.fromEntries(own)) as Value;
}
