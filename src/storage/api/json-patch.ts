import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '#profile/is-record.js';
import { MOST_LEVELS } from './api-limits.ts';
import { isTooDeep } from './schema/nesting.ts';
import { refusal } from './status.ts';

/** Kubernetes takes no more than so many (`maxJSONPatchOperations`). */
const MOST_OPERATIONS = 10_000;
/** A few `copy` operations can double an object again and again, and one long text can be copied often. */
const MOST_COPIED_CHARACTERS = 8_000_000;
/** What a value costs besides its text and its names: about as much memory as so many characters. */
const VALUE_CHARACTERS = 16;

type Container = Record<string, unknown> | unknown[];
/** The document under a name of its own, so that the path `` has a place too. */
interface Root {
  document: unknown;
}
interface Place {
  readonly container: Container;
  readonly token: string;
}
interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: unknown;
}

/**
 * What becomes of `target` by a JSON patch (RFC 6902). `target` is not changed. Throws a refusal: `BadRequest`
 * for what is no patch, `RequestEntityTooLarge` for one without measure, `Invalid` when a path is not
 * there, a test fails or the result is nested too deep.
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  const operations = operationsOf(patch);
  const root: Root = { document: structuredClone(target) };
  const budget = { left: MOST_COPIED_CHARACTERS };
  for (const [at, operation] of operations.entries()) {
    try {
      ACTS[operation.op]?.(root, operation, budget);
    } catch (reason) {
      if (!(reason instanceof PatchFlaw)) throw reason;
      const message = `jsonpatch: operation ${at} (${operation.op}): ${reason.message}`;
      throw refusal('Invalid', message, {
        causes: [{ reason: 'FieldValueInvalid', message, field: `patch[${at}]` }],
      });
    }
  }
  if (isTooDeep(root.document, MOST_LEVELS)) throw tooDeep();
  return root.document;
}

/** An operation that cannot be done on this document. */
class PatchFlaw extends Error {}

type Act = (root: Root, operation: Operation, budget: { left: number }) => void;

const ACTS: Readonly<Record<string, Act>> = {
  add: (root, { path, value }) => add(placeOf(root, path), structuredClone(value)),
  remove: (root, { path }) => remove(placeOf(root, path)),
  replace: (root, { path, value }) => replace(placeOf(root, path), structuredClone(value)),
  move(root, { path, from }) {
    if (isBelow(path, from)) throw new PatchFlaw('a value cannot be moved into itself');
    const source = placeOf(root, from);
    const moved = valueAt(source);
    remove(source);
    add(placeOf(root, path), moved);
  },
  copy(root, { path, from }, budget) {
    const copied = valueAt(placeOf(root, from));
    spend(budget, copied, 0);
    add(placeOf(root, path), structuredClone(copied));
  },
  test(root, { path, value }) {
    if (isDeepStrictEqual(valueAt(placeOf(root, path)), value)) return;
    throw new PatchFlaw(`test failed: the value at "${pointerText(path)}" is another`);
  },
};

function placeOf(root: Root, path: readonly string[]): Place {
  let container: Container = root as unknown as Record<string, unknown>;
  let token = 'document';
  for (const next of path) {
    const value = valueAt({ container, token });
    if (typeof value !== 'object' || value === null) {
      throw new PatchFlaw(`there is nothing below "${token}" in "${pointerText(path)}"`);
    }
    container = value as Container;
    token = next;
  }
  return { container, token };
}

function valueAt({ container, token }: Place): unknown {
  if (Array.isArray(container)) return container[indexIn(container, token, container.length - 1)];
  if (Object.hasOwn(container, token)) return container[token];
  throw new PatchFlaw(`there is no "${token}"`);
}

function add({ container, token }: Place, value: unknown): void {
  if (!Array.isArray(container)) {
    container[token] = value;
    return;
  }
  const at = token === '-' ? container.length : indexIn(container, token, container.length);
  container.splice(at, 0, value);
}

function replace(place: Place, value: unknown): void {
  valueAt(place);
  const { container, token } = place;
  if (Array.isArray(container)) container[Number(token)] = value;
  else container[token] = value;
}

function remove(place: Place): void {
  valueAt(place);
  const { container, token } = place;
  if (Array.isArray(container)) container.splice(Number(token), 1);
  else delete container[token];
}

function indexIn(array: readonly unknown[], token: string, last: number): number {
  const index = /^(?:0|[1-9]\d{0,9})$/.test(token) ? Number(token) : Number.NaN;
  if (index <= last) return index;
  throw new PatchFlaw(`"${token}" is no index of a list of ${array.length}`);
}

function isBelow(path: readonly string[], from: readonly string[]): boolean {
  return path.length > from.length && from.every((token, at) => path[at] === token);
}

/** Throws before a copy costs more than there is, and before it is deeper than an object may be. */
function spend(budget: { left: number }, value: unknown, depth: number): void {
  budget.left -= VALUE_CHARACTERS + (typeof value === 'string' ? value.length : 0);
  if (budget.left < 0) throw refusal('RequestEntityTooLarge', 'jsonpatch: too much is copied');
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MOST_LEVELS) throw tooDeep();
  for (const [name, each] of Object.entries(value)) {
    if (!Array.isArray(value)) budget.left -= name.length;
    spend(budget, each, depth + 1);
  }
}

function tooDeep() {
  return refusal('Invalid', `jsonpatch: the result is nested deeper than ${MOST_LEVELS} levels`);
}

function operationsOf(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) {
    throw refusal('BadRequest', 'jsonpatch: expected a list of operations');
  }
  if (patch.length > MOST_OPERATIONS) {
    throw refusal(
      'RequestEntityTooLarge',
      `jsonpatch: ${patch.length} operations are more than the ${MOST_OPERATIONS} that are allowed`,
    );
  }
  return patch.map(operationOf);
}

const OPERATIONS = Object.keys(ACTS);
const WITH_VALUE = ['add', 'replace', 'test'];
const WITH_FROM = ['move', 'copy'];

function operationOf(given: unknown, at: number): Operation {
  const flaw = (what: string) => refusal('BadRequest', `jsonpatch: operation ${at}: ${what}`);
  if (!isRecord(given)) throw flaw('expected an object');
  const { op, path, from, value } = given;
  if (typeof op !== 'string' || !OPERATIONS.includes(op)) {
    throw flaw(`op: expected one of ${OPERATIONS.join(', ')}`);
  }
  if (WITH_VALUE.includes(op) && !Object.hasOwn(given, 'value')) throw flaw('value: expected one');
  const pointer = tokensOf(path);
  if (pointer === undefined) throw flaw('path: expected a JSON pointer');
  const source = WITH_FROM.includes(op) ? tokensOf(from) : [];
  if (source === undefined) throw flaw('from: expected a JSON pointer');
  if (op === 'remove' && pointer.length === 0) throw flaw('path: the whole object cannot go');
  return { op, path: pointer, from: source, value };
}

/** The tokens of a JSON pointer (RFC 6901), or undefined. `__proto__` is no name of anything. */
function tokensOf(pointer: unknown): readonly string[] | undefined {
  if (pointer === '') return [];
  if (typeof pointer !== 'string' || !/^(?:\/(?:[^~/]|~[01])*)+$/.test(pointer)) return undefined;
  const tokens = pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return tokens.includes('__proto__') ? undefined : tokens;
}

function pointerText(tokens: readonly string[]): string {
  return tokens
    .map((token) => `/${token}`)
    .join('')
    .slice(0, 200);
}
