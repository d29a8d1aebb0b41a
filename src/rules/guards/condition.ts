import type { EventFacts } from './event-facts.ts';
import type { FieldTexts } from './guard.ts';
import type { Term } from './term.ts';
import { TextTree } from './text-tree.ts';

/** What an expression gives: undefined when it cannot be told without evaluating it, or it may fail. */
export type Truth = boolean | undefined;

/** A part of an expression that gives true or false, as far as it can be told. */
export interface Condition {
  holds(facts: EventFacts): Truth;
  /** How much it takes to ask, roughly; the cheaper are asked first. */
  readonly cost: number;
  /** What must be met for it to be true, by field. */
  readonly required: ReadonlyMap<string, FieldTexts>;
  /** Set when it is true exactly for some texts of a term. */
  readonly only?: { readonly term: Term; readonly texts: FieldTexts };
}

const NOTHING: ReadonlyMap<string, FieldTexts> = new Map();

/** Nothing can be told of it. */
export const UNKNOWN: Condition = { holds: () => undefined, cost: 0, required: NOTHING };

/** One that nothing is required for. */
export function condition(cost: number, holds: Condition['holds']): Condition {
  return { holds, cost, required: NOTHING };
}

/** False when one is false, whatever the others are. */
export function all(parts: readonly Condition[]): Condition {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const told = byCost(parts);
  const rest: Truth = told.length === parts.length ? true : undefined;
  return {
    holds: joined(told, { decides: false, rest }),
    cost: costOf(told),
    required: requiredByAny(parts),
  };
}

/** True when one is true, whatever the others are. */
export function any(parts: readonly Condition[]): Condition {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const texts = sameTerm(parts);
  if (texts) return textIn(texts.term, texts.texts);
  const told = byCost(parts);
  const rest: Truth = told.length === parts.length ? false : undefined;
  return {
    holds: joined(told, { decides: true, rest }),
    cost: costOf(told),
    required: requiredByAll(parts),
  };
}

/** True when it is false. */
export function not(inner: Condition): Condition {
  if (inner === UNKNOWN) return UNKNOWN;
  return condition(inner.cost, (facts) => {
    const truth = inner.holds(facts);
    return truth === undefined ? undefined : !truth;
  });
}

/** True when a term's text is one of these, or begins with one of these prefixes. */
export function textIn(term: Term, texts: FieldTexts): Condition {
  const required = term.field === undefined ? NOTHING : new Map([[term.field, texts]]);
  const isIn = membership(texts);
  return {
    holds: (facts) => {
      const text = term.read(facts);
      return typeof text === 'string' ? isIn(text) : undefined;
    },
    ...{ cost: 1, required, only: { term, texts } },
  };
}

function membership({ exact, prefixes }: FieldTexts): (text: string) => boolean {
  const [text, ...others] = exact;
  if (text !== undefined && others.length + prefixes.length === 0) return (asked) => asked === text;
  const [prefix, ...more] = prefixes;
  if (prefix !== undefined && more.length + exact.length === 0) {
    return (asked) => asked.startsWith(prefix);
  }
  const set = new Set(exact);
  if (prefix === undefined) return (asked) => set.has(asked);
  const tree = new TextTree<true>([], (items) => [...items]);
  for (const one of prefixes) tree.addPrefix(one, true);
  return (asked) => set.has(asked) || tree.find(asked).length > 0;
}

function joined(
  parts: readonly Condition[],
  { decides, rest }: { readonly decides: boolean; readonly rest: Truth },
): Condition['holds'] {
  const [only] = parts;
  // What it was joined with is unknown, or it would stand alone.
  if (only && parts.length === 1) {
    return (facts) => (only.holds(facts) === decides ? decides : undefined);
  }
  return (facts) => {
    let truth = rest;
    for (const part of parts) {
      const one = part.holds(facts);
      if (one === decides) return decides;
      if (one === undefined) truth = undefined;
    }
    return truth;
  };
}

function byCost(parts: readonly Condition[]): readonly Condition[] {
  return parts.filter((part) => part !== UNKNOWN).sort((a, b) => a.cost - b.cost);
}

function costOf(parts: readonly Condition[]): number {
  return parts.reduce((sum, { cost }) => sum + cost, 0);
}

/** What each part requires holds for all of them together; of two demands on a field the shorter. */
function requiredByAny(parts: readonly Condition[]): ReadonlyMap<string, FieldTexts> {
  const required = new Map<string, FieldTexts>();
  for (const part of parts) {
    for (const [field, texts] of part.required) {
      const known = required.get(field);
      if (known === undefined || sizeOf(texts) < sizeOf(known)) required.set(field, texts);
    }
  }
  return required;
}

function requiredByAll(parts: readonly Condition[]): ReadonlyMap<string, FieldTexts> {
  const required = new Map<string, FieldTexts>();
  for (const field of parts[0]?.required.keys() ?? []) {
    const demands = parts.map((part) => part.required.get(field));
    if (demands.every((texts) => texts !== undefined)) required.set(field, union(demands));
  }
  return required;
}

function sameTerm(parts: readonly Condition[]): Condition['only'] {
  const demands = parts.map(({ only }) => only);
  const [first] = demands;
  if (!first || !demands.every((one) => one?.term.key === first.term.key)) return undefined;
  return { term: first.term, texts: union(demands.flatMap((one) => (one ? [one.texts] : []))) };
}

function union(all: readonly FieldTexts[]): FieldTexts {
  return {
    exact: [...new Set(all.flatMap(({ exact }) => exact))],
    prefixes: [...new Set(all.flatMap(({ prefixes }) => prefixes))],
  };
}

function sizeOf({ exact, prefixes }: FieldTexts): number {
  return exact.length + prefixes.length;
}
