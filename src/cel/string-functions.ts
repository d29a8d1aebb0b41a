import { evaluationError } from './evaluation-error.ts';
import type { StepBudget } from './step-budget.ts';
import { formatText } from './string-format.ts';
import { charAt, indexOf, lastIndexOf, lengthOf, substring } from './text-search.ts';

/** Signature, as the library reads it, to what it does. */
export type FunctionTable = Readonly<Record<string, (...values: never[]) => unknown>>;

/** Unicode's white space, as Go's `strings.TrimSpace` removes it. */
const SPACE_AROUND = /^\p{White_Space}+|\p{White_Space}+$/gu;

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/**
 * The functions on texts: the standard ones whose cost depends on the text, and those of cel-go's
 * strings extension. Each pays for the text that it reads and writes.
 */
export function stringFunctions(budget: StepBudget): FunctionTable {
  const read = (text: string) => {
    budget.spendText(text.length);
    return text;
  };
  const write = (text: string) => read(text);
  const size = (text: string) => BigInt(lengthOf(read(text)));
  return {
    'size(string): int': size,
    'string.size(): int': size,
    'string.contains(string): bool': (text: string, part: string) =>
      read(text).includes(read(part)),
    'string.charAt(int): string': (text: string, at: bigint) => charAt(read(text), at),
    'string.indexOf(string): int': (text: string, part: string) => indexOf(read(text), part),
    'string.indexOf(string, int): int': (text: string, part: string, from: bigint) =>
      indexOf(read(text), part, from),
    'string.lastIndexOf(string): int': (text: string, part: string) =>
      lastIndexOf(read(text), part),
    'string.lastIndexOf(string, int): int': (text: string, part: string, from: bigint) =>
      lastIndexOf(read(text), part, from),
    'string.substring(int): string': (text: string, from: bigint) => substring(read(text), from),
    'string.substring(int, int): string': (text: string, from: bigint, to: bigint) =>
      substring(read(text), from, to),
    'string.lowerAscii(): string': (text: string) =>
      write(text).replace(/[A-Z]+/g, (part) => part.toLowerCase()),
    'string.upperAscii(): string': (text: string) =>
      write(text).replace(/[a-z]+/g, (part) => part.toUpperCase()),
    'string.trim(): string': (text: string) => trimmed(write(text)),
    'string.reverse(): string': (text: string) => [...write(text)].reverse().join(''),
    ...splitting(budget),
    'StringsNamespace.quote(string): string': (_namespace: unknown, text: string) =>
      `"${Array.from(write(text), (part) => QUOTED[part] ?? part).join('')}"`,
    'string.format(list): string': (text: string, values: readonly unknown[]) =>
      formatText(read(text), values, budget),
  };
}

function splitting(budget: StepBudget): FunctionTable {
  const split = (text: string, separator: string, limit = -1n) => {
    budget.spend(text.length + 1);
    return splitText(text, separator, Number(limit));
  };
  const replace = (text: string, part: string, ...[by, limit = -1n]: [string, bigint?]) => {
    const pieces = split(text, part);
    const places = part === '' ? pieces.length + 1 : pieces.length - 1;
    const times = limit < 0n || limit > places ? places : Number(limit);
    budget.spendText(text.length + times * by.length);
    return replaceText({ pieces, part, by, times });
  };
  const join = (list: readonly unknown[], separator = '') => {
    budget.spend(list.length);
    let length = separator.length * list.length;
    for (const item of list) {
      if (typeof item !== 'string') throw evaluationError('join: not a list of strings');
      length += item.length;
    }
    budget.spendText(length);
    return list.join(separator);
  };
  return {
    'string.split(string): list<string>': split,
    'string.split(string, int): list<string>': split,
    'string.replace(string, string): string': replace,
    'string.replace(string, string, int): string': replace,
    'list<string>.join(): string': join,
    'list<string>.join(string): string': join,
  };
}

function trimmed(text: string): string {
  return text.replace(SPACE_AROUND, '');
}

function splitText(text: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

/** Puts `by` between the first pieces; where nothing was looked for, also at both ends. */
function replaceText({
  pieces,
  part,
  by,
  times,
}: {
  readonly pieces: readonly string[];
  readonly part: string;
  readonly by: string;
  readonly times: number;
}): string {
  const all = part === '' ? ['', ...pieces, ''] : pieces;
  const [first = '', ...others] = all;
  return first + others.map((piece, place) => (place < times ? by : part) + piece).join('');
}
