import { EVENT_TYPES, type EventType } from '#model/raw-event.js';
import type { SensorDemand } from '#model/sensor-control.js';
import type { CompiledRule } from './compiled-rule.ts';
import { GuardCompiler } from './guards/guard-compiler.ts';
import { bindsRule } from './rule-binding.ts';
import type { RuleSet } from './rule-set.ts';
import { variantsOf } from './rule-variants.ts';

/** The kernel side compares 255 bytes of a path. */
const COMPARABLE = /^[ -~]{0,255}/;
/** With more prefixes than this, all opens are wanted. */
const MOST_PREFIXES = 256;

/** Without these, events of the type lack something: the names of a connection's other side come from answers. */
const COMPANIONS: Readonly<Partial<Record<EventType, readonly EventType[]>>> = {
  network: ['dns'],
};

/**
 * What the rules of a set need of containers that nobody learns: the types of event that they are about and, when all
 * that are about opens can be true below some paths only, these paths. It may be more than any one container needs
 * by its bindings, and is never less: of an event that is left out no rule of the set is true. Paths are meant as
 * rules see them, absolute and without `..`: an open whose path is not in this form is wanted.
 */
export function eventDemandOf(set: RuleSet): SensorDemand {
  const types = new Set(set.rules.flatMap((rule) => typesOf(rule)));
  const openPrefixes = types.has('open') ? openPrefixesOfAll(set) : undefined;
  return { types, ...(openPrefixes && { openPrefixes }) };
}

/** A Markdown table of {@link eventDemandOf} rule by rule, in the order of the set. For people. */
export function demandTable(set: RuleSet): readonly string[] {
  const rows = set.rules.map((rule) => {
    const types = typesOf(rule);
    const prefixes = types.includes('open') ? openPrefixesOf(set, rule) : [];
    const opens = prefixes ? prefixes.map((prefix) => `\`${prefix}\``).join(', ') : 'all';
    return `| ${rule.rule.id} | ${types.join(', ') || '–'} | ${opens || '–'} |`;
  });
  return ['| rule | events | opens whose path begins with |', '|---|---|---|', ...rows];
}

/** In the order of the model. Types that no sensor tells of are left out. */
function typesOf({ expressions }: CompiledRule): readonly EventType[] {
  const named = EVENT_TYPES.filter((type) => expressions.has(type as never));
  const wanted = new Set(named.flatMap((type) => [type, ...(COMPANIONS[type] ?? [])]));
  return EVENT_TYPES.filter((type) => wanted.has(type));
}

/** Undefined when some rule may be true of any open. */
function openPrefixesOfAll(set: RuleSet): readonly string[] | undefined {
  const found: string[] = [];
  for (const rule of set.rules) {
    if (!rule.expressions.has('open')) continue;
    const prefixes = openPrefixesOf(set, rule);
    if (prefixes === undefined) return undefined;
    found.push(...prefixes);
  }
  const shortest = withoutCovered(found);
  return shortest.length <= MOST_PREFIXES ? shortest : undefined;
}

/** Undefined when the rule may be true of any open. */
function openPrefixesOf(set: RuleSet, rule: CompiledRule): readonly string[] | undefined {
  const texts = new GuardCompiler().compileAll(rule).get('open')?.required.get('path');
  const required = texts ? [...texts.prefixes, ...texts.exact] : includedPrefixesOf(set, rule);
  const prefixes = required?.map(comparable);
  // What is not absolute says nothing of the path that the kernel has.
  return prefixes?.every((prefix) => prefix.startsWith('/') && prefix !== '/')
    ? withoutCovered(prefixes)
    : undefined;
}

/** What prefilters let through, whichever of the bindings applies, or none. */
function includedPrefixesOf(set: RuleSet, rule: CompiledRule): readonly string[] | undefined {
  const bound = set.bindings.flatMap(({ rules }) => rules);
  const named = bound.filter((one) => bindsRule(one, rule.rule));
  const variants = [...variantsOf(rule, undefined), ...variantsOf(rule, named)];
  const included = variants.map(({ prefilter }) => prefilter?.parameters.includePrefixes ?? []);
  return included.every((prefixes) => prefixes.length > 0) ? included.flat() : undefined;
}

/**
 * The part of a prefix that the kernel side can be told and compares byte by byte, which is the same then: printable
 * ASCII, and not too long. What begins with the whole begins with the part.
 */
function comparable(prefix: string): string {
  return COMPARABLE.exec(prefix)?.[0] ?? '';
}

/** In their order, without those that begin with another one. */
function withoutCovered(prefixes: readonly string[]): readonly string[] {
  const sorted = [...new Set(prefixes)].sort((a, b) => (a < b ? -1 : 1));
  const kept: string[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}
