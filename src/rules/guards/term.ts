import type { ExpressionNode } from '#cel/expression-tree.js';

import { EVENT_FIELDS, REQUEST_FIELDS } from '../event-fields.ts';
import type { EventFacts } from './event-facts.ts';
import { type PureFunction, pureFunction } from './pure-functions.ts';
import { writtenName } from './written-name.ts';

/** A value in an expression that can be had without evaluating it. */
export interface Term {
  /** Equal for terms that always have the same value. */
  readonly key: string;
  /** The value as functions take it; undefined when it cannot be told. May throw: then too. */
  read(facts: EventFacts): unknown;
  /** The event's field that it is, if it is a text and nothing else. */
  readonly field?: string;
  /** Set when the value is the same for every event. */
  readonly literal?: unknown;
}

/** Variables that stand for an element of a list of constants. */
export type Bound = ReadonlyMap<string, Term>;

const FIELDS: Readonly<Record<string, string>> = EVENT_FIELDS;
const REQUEST: Readonly<Record<string, string>> = REQUEST_FIELDS;
const READABLE: ReadonlySet<string> = new Set(['bool', 'int', 'list<dyn>', 'string', 'uint']);

/** Finds terms in expressions. Those with equal keys are one, and are computed once for an event. */
export class Terms {
  readonly #known = new Map<string, Term>();

  /** The term that a node is; undefined when it is of no form that is known here. */
  of(node: ExpressionNode, bound: Bound): Term | undefined {
    switch (node.op) {
      case 'value':
        return literalTerm(node.args);
      case 'id':
        return bound.get(node.args) ?? this.#variable(node.args);
      case '.':
        return bound.size > 0 && isBound(node, bound) ? undefined : this.#field(node.args);
      case '[]':
        return this.#element(node.args, bound);
      case 'list':
        return this.#list(node.args, bound);
      case '?:':
        return this.#choice(node.args, bound);
      case 'call':
        return this.#conversion(writtenName(node.args[0]), node.args[1], bound);
      case 'rcall':
        return this.#called(node.args, bound);
      default:
        return undefined;
    }
  }

  /** What a function answers, for the same question once in an event. */
  answer({ name, fn }: PureFunction, values: readonly Term[]): Term {
    const key = `${name}(${values.map((value) => value.key).join(', ')})`;
    return this.#keep(key, () => {
      let askedAt = -1;
      let answer: unknown;
      return {
        key,
        read: (facts) => {
          // Rules that may not be judged by the profile ask other questions than the rest.
          const asked = 2 * facts.number + (facts.host.judging ? 1 : 0);
          if (asked === askedAt) return answer;
          const given = values.map((value) => value.read(facts));
          answer = fn.accepts(given) ? fn.call(facts.host, given) : undefined;
          askedAt = asked;
          return answer;
        },
      };
    });
  }

  #variable(name: string): Term | undefined {
    if (name !== 'eventType') return undefined;
    return this.#keep(name, () => ({ key: name, read: ({ activation }) => activation.eventType }));
  }

  #field([owner, name]: readonly [ExpressionNode, string]): Term | undefined {
    if (owner.op === 'id') {
      const type = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
      if (owner.args !== 'event' || type === undefined || !READABLE.has(type)) return undefined;
      const key = `event.${name}`;
      return this.#keep(key, () => ({
        ...onceForEvent(key, ({ activation }) => read(activation.event, name)),
        ...(type === 'string' && { field: name }),
      }));
    }
    if (owner.op !== '.' || !Object.hasOwn(REQUEST, name)) return undefined;
    const [event, request] = owner.args;
    if (event.op !== 'id' || event.args !== 'event' || request !== 'request') return undefined;
    if (!READABLE.has(REQUEST[name] ?? '')) return undefined;
    const key = `event.request.${name}`;
    return this.#keep(key, () =>
      onceForEvent(key, ({ activation }) => read(read(activation.event, request), name)),
    );
  }

  #element([of, at]: readonly [ExpressionNode, ExpressionNode], bound: Bound): Term | undefined {
    const list = this.of(of, bound);
    if (!list || at.op !== 'value' || typeof at.args !== 'bigint') return undefined;
    const index = Number(at.args);
    const key = `${list.key}[${index}]`;
    return this.#keep(key, () => ({
      key,
      read: (facts) => {
        const values = list.read(facts);
        return Array.isArray(values) ? values[index] : undefined;
      },
    }));
  }

  #list(nodes: readonly ExpressionNode[], bound: Bound): Term | undefined {
    const terms = nodes.map((node) => this.of(node, bound));
    const values = terms.map((term) => term?.literal);
    if (values.some((value) => typeof value !== 'string')) return undefined;
    return { key: JSON.stringify(values), read: () => values };
  }

  /** `x != "" ? x : y`, which is what a missing path is replaced by. */
  #choice(
    [condition, then, otherwise]: readonly [ExpressionNode, ExpressionNode, ExpressionNode],
    bound: Bound,
  ): Term | undefined {
    if (condition.op !== '!=') return undefined;
    const [first, empty, second] = [condition.args[0], condition.args[1], then].map((node) =>
      this.of(node, bound),
    );
    const instead = this.of(otherwise, bound);
    if (!first || !instead || empty?.literal !== '' || second?.key !== first.key) return undefined;
    return this.#firstNotEmpty(first, instead);
  }

  #firstNotEmpty(first: Term, second: Term): Term {
    const key = `(${first.key} or ${second.key})`;
    return this.#keep(key, () => ({
      key,
      read: (facts) => {
        const value = first.read(facts);
        if (typeof value !== 'string') return undefined;
        return value === '' ? second.read(facts) : value;
      },
    }));
  }

  #conversion(name: string, nodes: readonly ExpressionNode[], bound: Bound): Term | undefined {
    const [node] = nodes;
    const value = node && nodes.length === 1 ? this.of(node, bound) : undefined;
    if (!value) return undefined;
    if (name === 'dyn') return value;
    if (name === 'size') return this.#size(value);
    return name === 'uint' && isUint(value.literal) ? value : undefined;
  }

  /** Of lists only: characters of a text are not counted as JavaScript does. */
  #size(of: Term): Term {
    const key = `size(${of.key})`;
    return this.#keep(key, () => ({
      key,
      read: (facts) => {
        const values = of.read(facts);
        return Array.isArray(values) ? BigInt(values.length) : undefined;
      },
    }));
  }

  #lowerAscii(node: ExpressionNode, bound: Bound): Term | undefined {
    const of = this.of(node, bound);
    if (!of) return undefined;
    const key = `${of.key}.lowerAscii()`;
    return this.#keep(key, () =>
      onceForEvent(key, (facts) => {
        const value = of.read(facts);
        return typeof value === 'string' ? lowerAscii(value) : undefined;
      }),
    );
  }

  #called(
    [method, receiver, nodes]: readonly [string, ExpressionNode, readonly ExpressionNode[]],
    bound: Bound,
  ): Term | undefined {
    const name = writtenName(method);
    if (name === 'size' && nodes.length === 0) {
      const value = this.of(receiver, bound);
      return value && this.#size(value);
    }
    if (name === 'lowerAscii' && nodes.length === 0) return this.#lowerAscii(receiver, bound);
    if (receiver.op !== 'id' || bound.has(receiver.args)) return undefined;
    const pure = pureFunction(`${receiver.args}.${name}`, nodes.length);
    const values = nodes.map((node) => this.of(node, bound));
    if (!pure || !values.every((value) => value !== undefined)) return undefined;
    const [args, comm, path] = values;
    if (pure.name !== 'parse.get_exec_path' || !path || !args || !comm) {
      return this.answer(pure, values);
    }
    const fallback = pureFunction(pure.name, 2);
    return fallback && this.#firstNotEmpty(path, this.answer(fallback, [args, comm]));
  }

  #keep(key: string, make: () => Term): Term {
    const known = this.#known.get(key);
    if (known) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }
}

function literalTerm(value: unknown): Term {
  const isText = typeof value === 'string';
  const key = isText ? JSON.stringify(value) : `${typeof value} ${String(value)}`;
  return { key, read: () => value, literal: value };
}

function onceForEvent(key: string, compute: (facts: EventFacts) => unknown): Term {
  let computedAt = -1;
  let value: unknown;
  return {
    key,
    read: (facts) => {
      if (facts.number !== computedAt) {
        value = compute(facts);
        computedAt = facts.number;
      }
      return value;
    },
  };
}

function read(owner: unknown, name: string): unknown {
  return (owner as Readonly<Record<string, unknown>> | undefined)?.[name];
}

function isUint(value: unknown): boolean {
  return typeof value === 'bigint' && value >= 0n;
}

/** Whether what stands before the dots is the variable of a macro. */
function isBound(node: ExpressionNode, bound: Bound): boolean {
  let owner = node;
  while (owner.op === '.') owner = owner.args[0];
  return owner.op === 'id' && bound.has(owner.args);
}

/** As the language has it: other letters stay. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
