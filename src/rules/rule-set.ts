import { AgentError } from '#model/agent-error.js';
import { RULE_KINDS, type RuleKind, type RuleObject } from '#model/rule-objects.js';
import { agentVersionAllows } from './agent-version.ts';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import type { Rule } from './rule.ts';
import { bindsRule, parseRuleBinding, type RuleBinding } from './rule-binding.ts';
import { RuleLanguages } from './rule-environment.ts';
import { parseRules } from './rule-manifest.ts';

/** So many bindings are named in one hint. */
const MOST_NAMED = 3;

/** A rule that is not used, and why, in words. */
export interface UnusedRule {
  readonly rule: Rule;
  readonly why: string;
}

/** All rules there are, and which pods they are for. Made by {@link compileRuleSet}. */
export interface RuleSet {
  /** Those that are enabled and meant for this version, one for each id. */
  readonly rules: readonly CompiledRule[];
  /** The others, one for each id that no rule in use has. */
  readonly unused: readonly UnusedRule[];
  /** Without any, every rule is used for every container that its tags name. */
  readonly bindings: readonly RuleBinding[];
}

/** A set, and what is to be said about the objects it was made of. */
export interface LoadedRuleSet {
  readonly set: RuleSet;
  /** What was left out because it is wrong: each names source, rule, field, and the place in an expression. */
  readonly errors: readonly AgentError[];
  /** What is not wrong but may not be meant: a binding that binds nothing, for example. */
  readonly hints: readonly string[];
  /** Those of them that say why no rule is bound at all; empty when one is, for then the others may be meant. */
  readonly alarms: readonly string[];
}

/**
 * Validates, merges and compiles rules and their bindings. Rules that are disabled or for other versions
 * are left out before merging; of several left with one id the last stays, in the place of the first.
 * What is wrong is left out with an `invalid` error, the rest is used.
 */
export function compileRuleSet({
  objects,
  agentVersion,
}: {
  readonly objects: readonly RuleObject[];
  readonly agentVersion: string;
}): LoadedRuleSet {
  const { written, bindings, errors } = readObjects(objects);
  const used = new Map<string, Rule>();
  const others = new Map<string, UnusedRule>();
  for (const rule of written) {
    const why = whyUnused(rule, agentVersion);
    if (why === undefined) used.set(rule.id, rule);
    else others.set(rule.id, { rule, why });
  }
  const rules = compileAll(asManyAsAllowed([...used.values()], errors), errors);
  const unused = [...others.values()].filter(({ rule }) => !used.has(rule.id));
  const unbound = hintOnAll(bindings, rules);
  const hints = [...unbound, ...hintsOn(bindings, written)];
  const alarms = unbound.length > 0 ? hints : [];
  return { set: { rules, unused, bindings }, errors, hints, alarms };
}

/** A set of rules that are all used everywhere. */
export function ruleSetOf(rules: readonly CompiledRule[]): RuleSet {
  return { rules, unused: [], bindings: [] };
}

function readObjects(objects: readonly RuleObject[]) {
  const written: Rule[] = [];
  const bindings: RuleBinding[] = [];
  const errors: AgentError[] = [];
  for (const one of objects) {
    const kind = one.object['kind'];
    if (!RULE_KINDS.includes(kind as RuleKind)) {
      const message = `${one.source}: kind: expected ${RULE_KINDS.join(' or ')}, got ${JSON.stringify(kind) ?? 'nothing'}`;
      errors.push(new AgentError('invalid', message));
    } else if (kind === 'Rules') {
      const parsed = parseRules(one);
      written.push(...parsed.rules);
      errors.push(...parsed.errors);
    } else {
      const binding = parseRuleBinding(one);
      if (binding instanceof AgentError) errors.push(binding);
      else bindings.push(binding);
    }
  }
  return { written, bindings, errors };
}

function whyUnused(rule: Rule, agentVersion: string): string | undefined {
  if (!rule.enabled) return `the rule is disabled in ${rule.source}`;
  const wanted = rule.agentVersionRequirement;
  if (wanted === undefined || agentVersionAllows(wanted, agentVersion)) return undefined;
  return `the rule is for agent versions ${wanted}, this is ${agentVersion}`;
}

/** Compiling is one turn of the event loop: so many take a quarter of a second. */
const MOST_RULES = 2_000;

function asManyAsAllowed(rules: readonly Rule[], errors: AgentError[]): readonly Rule[] {
  const [first] = rules.slice(MOST_RULES);
  if (first === undefined) return rules;
  const message = `${first.source}: rule ${first.id}: expected at most ${MOST_RULES} enabled rules, got ${rules.length}`;
  errors.push(new AgentError('invalid', message));
  return rules.slice(0, MOST_RULES);
}

function compileAll(rules: readonly Rule[], errors: AgentError[]): readonly CompiledRule[] {
  const languages = new RuleLanguages();
  return rules.flatMap((rule) => {
    try {
      return [compileRule(languages, rule)];
    } catch (reason) {
      errors.push(AgentError.from(reason, 'invalid'));
      return [];
    }
  });
}

/** Of bindings that together switch every rule off. */
function hintOnAll(
  bindings: readonly RuleBinding[],
  used: readonly CompiledRule[],
): readonly string[] {
  const bound = bindings.flatMap(({ rules }) => rules);
  const isAnyBound = used.some(({ rule }) => bound.some((one) => bindsRule(one, rule)));
  if (bindings.length === 0 || used.length === 0 || isAnyBound) return [];
  const names = bindings.slice(0, MOST_NAMED).map(({ source }) => source);
  const more = bindings.length - names.length;
  const who = `${names.join(', ')}${more > 0 ? ` and ${more} more bindings` : ''}`;
  return [`no rule that is used is bound, so nothing alerts in Kubernetes: ${who}`];
}

function hintsOn(bindings: readonly RuleBinding[], rules: readonly Rule[]): readonly string[] {
  return bindings.flatMap((binding) => {
    if (binding.rules.length === 0) return [`${binding.source}: spec.rules: binds no rule`];
    return binding.rules.flatMap((bound, index) =>
      rules.some((rule) => bindsRule(bound, rule))
        ? []
        : [`${binding.source}: spec.rules.${index}: there is no such rule`],
    );
  });
}
