import { isLabelValue, isQualifiedName } from './label-syntax.ts';
import { refusal } from './status.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** What a selector asks; undefined when it asks nothing. */
export type LabelSelection = ((labels: Labels) => boolean) | undefined;

/** Reads a part of a selector, and goes on to the next. */
interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

const OPERATORS: Readonly<Record<string, (key: string, value: string) => Requirement>> = {
  '=': (key, value) => (labels) => own(labels, key) === value,
  '==': (key, value) => (labels) => own(labels, key) === value,
  '!=': (key, value) => (labels) => own(labels, key) !== value,
  '>': (key, value) => (labels) => integerOf(own(labels, key)) > Number(value),
  '<': (key, value) => (labels) => integerOf(own(labels, key)) < Number(value),
};

/**
 * Reads the query parameter `labelSelector` with the whole grammar of Kubernetes: `a=b`, `a==b`, `a!=b`,
 * `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, with commas between. An object without
 * the label fulfils `!=` and `notin`. Throws a `BadRequest` refusal for anything else.
 */
export function parseLabelSelector(text: string): LabelSelection {
  const cursor = { tokens: tokensOf(text), at: 0 };
  if (cursor.tokens.length === 0) return undefined;
  const requirements: Requirement[] = [];
  do {
    requirements.push(requirement(cursor));
  } while (takeIf(cursor, ','));
  if (cursor.at < cursor.tokens.length) throw unexpected(cursor, "',' or the end");
  return (labels) => requirements.every((fulfilled) => fulfilled(labels));
}

function tokensOf(text: string): readonly string[] {
  return text.match(/[=!]=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
}

function requirement(cursor: Cursor): Requirement {
  if (takeIf(cursor, '!')) {
    const absent = keyOf(cursor);
    return (labels) => own(labels, absent) === undefined;
  }
  const key = keyOf(cursor);
  const operator = cursor.tokens[cursor.at];
  if (operator === undefined || operator === ',') {
    return (labels) => own(labels, key) !== undefined;
  }
  cursor.at += 1;
  if (operator === 'in' || operator === 'notin') {
    const values = new Set(valuesIn(cursor));
    const isWanted = operator === 'in';
    return (labels) => {
      const value = own(labels, key);
      return value === undefined ? !isWanted : values.has(value) === isWanted;
    };
  }
  const compare = OPERATORS[operator];
  if (compare === undefined) throw unexpected(cursor, 'an operator', -1);
  const value = valueAfter(cursor);
  if (/[<>]/.test(operator) && !/^[+-]?\d+$/.test(value)) {
    throw malformed(`${operator}: expected an integer, got "${value}"`);
  }
  return compare(key, value);
}

function keyOf(cursor: Cursor): string {
  const key = cursor.tokens[cursor.at] ?? '';
  if (!isQualifiedName(key)) throw unexpected(cursor, 'a label key');
  cursor.at += 1;
  return key;
}

function valuesIn(cursor: Cursor): readonly string[] {
  if (!takeIf(cursor, '(')) throw unexpected(cursor, "'('");
  const values = [valueAfter(cursor)];
  while (takeIf(cursor, ',')) values.push(valueAfter(cursor));
  if (!takeIf(cursor, ')')) throw unexpected(cursor, "',' or ')'");
  return values;
}

/** A value may be missing: `a=` asks for an empty one. */
function valueAfter(cursor: Cursor): string {
  const value = cursor.tokens[cursor.at];
  if (value === undefined || value === ',' || value === ')') return '';
  if (!isLabelValue(value)) throw unexpected(cursor, 'a label value');
  cursor.at += 1;
  return value;
}

function takeIf(cursor: Cursor, token: string): boolean {
  if (cursor.tokens[cursor.at] !== token) return false;
  cursor.at += 1;
  return true;
}

function own(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function integerOf(value: string | undefined): number {
  return value !== undefined && /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
}

function unexpected(cursor: Cursor, expected: string, offset = 0) {
  const found = cursor.tokens[cursor.at + offset];
  return malformed(`expected ${expected}, found ${found === undefined ? 'the end' : `"${found}"`}`);
}

function malformed(what: string) {
  return refusal('BadRequest', `labelSelector: unable to parse requirement: ${what.slice(0, 300)}`);
}
