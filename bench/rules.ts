// npm run bench:rules [-- FILE…]: what an event costs with all default rules (or those of the files), beside the
// CEL library called plainly for each rule about its type with functions that scan the profile; what it costs
// with a thousand rules, and what they take of memory. Needs --expose-gc.
import { fileURLToPath } from 'node:url';
import { readManifests } from '../src/kube/manifests.ts';
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import type { RuleObject } from '../src/model/rule-objects.ts';
import { DEFAULT_RULES_URL } from '../src/rules/default-rules.ts';
import type { RuleEngine } from '../src/rules/rule-engine.ts';
import { compileRuleSet, type RuleSet } from '../src/rules/rule-set.ts';
import { engineWith } from '../src/rules/testing/engine-builder.ts';
import { FixedProfiles } from '../src/rules/testing/fixed-profiles.ts';
import { PlainRules } from './rules-plainly.ts';
import { EVENTS, PROFILE, SURROUNDINGS } from './rules-world.ts';
import { median, printTable } from './tables.ts';

const ROUNDS = 15;
/** CPU time is counted in steps of up to four milliseconds. */
const ROUND_MS = 50;
const MOST_EVENTS = 40_000;
const MANY = 1_000;
const AIMS: Readonly<Record<string, number>> = {
  'open, in the profile': 20,
  'exec, in the profile': 5,
};

type MakeEvent = (i: number) => AttributedEvent;
type Evaluate = (event: AttributedEvent) => number;

const paths = process.argv.slice(2);
const { manifests, errors } = await readManifests(
  paths.length > 0 ? paths : [fileURLToPath(DEFAULT_RULES_URL)],
);
if (errors[0]) throw errors[0];
const objects = manifests.map(enabled);
const set = compiled(objects);

compareCost();
measureMany();

function compareCost(): void {
  const engine = engineFor(set);
  const plainly = new PlainRules(
    set.rules.map(({ rule }) => rule),
    PROFILE,
  );
  const rows = Object.entries(EVENTS).map(([title, make]) => {
    const [ours = 0, plain = 0] = compareRounds(make, [
      (event) => engine.evaluate(event).length,
      (event) => plainly.evaluate(event).length,
    ]);
    const sample = make(1);
    const findings = engine.evaluate(sample).length;
    const rules = set.rules.filter(({ expressions }) => expressions.has(sample.event.type)).length;
    return { title, rules, findings, ours, plain };
  });
  printTable(
    `An event with all ${set.rules.length} rules: ns of CPU time, median of ${ROUNDS} rounds`,
    ['event', 'rules about it', 'findings', 'the library plainly', 'Hullwatch', 'less by'],
    rows.map(({ title, rules, findings, ours, plain }) => [
      ...[title, String(rules), String(findings), plain.toFixed(0), ours.toFixed(0)],
      `${(plain / ours).toFixed(1)} ×`,
    ]),
  );
  for (const { title, ours, plain } of rows) {
    const aim = AIMS[title];
    if (aim === undefined) continue;
    const isMet = plain / ours >= aim;
    console.log(`Aim for ${title}: ${aim} × less (${isMet ? 'met' : 'NOT met'}).`);
    if (!isMet) process.exitCode = 1;
  }
  console.log('');
}

/** Copies of the rules, each with ids and paths of its own. */
function measureMany(): void {
  const copies: RuleObject[] = [];
  for (let count = 0, copy = 0; count < MANY; copy += 1) {
    copies.push(...objects.map((one) => renamed(one, copy)));
    count += set.rules.length;
  }
  const before = heapBytes();
  const startMs = performance.now();
  const many = compiled(copies);
  const engine = engineFor(many);
  for (const make of Object.values(EVENTS)) engine.evaluate(make(1));
  const tookMs = performance.now() - startMs;
  const bytes = heapBytes() - before;
  const few = engineFor(set);
  const rows = Object.entries(EVENTS)
    .filter(([title]) => title.endsWith('in the profile'))
    .map(([title, make]) => {
      const costs = compareRounds(make, [
        (event) => few.evaluate(event).length,
        (event) => engine.evaluate(event).length,
      ]);
      return [title, ...costs.map((ns) => ns.toFixed(0))];
    });
  printTable(
    `The same with ${many.rules.length} rules: ns of CPU time`,
    ['event', `${set.rules.length} rules`, `${many.rules.length} rules`],
    rows,
  );
  const perRule = bytes / many.rules.length / 1_024;
  console.log(
    `${many.rules.length} rules take ${(bytes / 1_048_576).toFixed(1)} MiB, ${perRule.toFixed(1)} KiB each, ` +
      `and were compiled in ${tookMs.toFixed(0)} ms.`,
  );
}

function engineFor(rules: RuleSet): RuleEngine {
  const profiles = new FixedProfiles();
  const engine = engineWith(rules, { profiles, surroundings: SURROUNDINGS });
  profiles.set('c1', PROFILE, { needs: engine.needs });
  return engine;
}

function compiled(given: readonly RuleObject[]): RuleSet {
  const made = compileRuleSet({ objects: given, agentVersion: '0.0.0' });
  if (made.errors[0]) throw made.errors[0];
  return made.set;
}

/** What an event costs each of them, in nanoseconds: the median of rounds in which they take turns. */
function compareRounds(make: MakeEvent, contestants: readonly Evaluate[]): readonly number[] {
  const counts = contestants.map((evaluate) => {
    costOf(make, evaluate, 500);
    const events = Array.from({ length: 500 }, (_, i) => make(i));
    const startMs = performance.now();
    for (const event of events) evaluate(event);
    const ms = Math.max(performance.now() - startMs, 0.01) / events.length;
    return Math.min(MOST_EVENTS, Math.ceil(ROUND_MS / ms));
  });
  const costs: number[][] = contestants.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    contestants.forEach((evaluate, i) => {
      costs[i]?.push(costOf(make, evaluate, counts[i] ?? 1));
    });
  }
  return costs.map(median);
}

function costOf(make: MakeEvent, evaluate: Evaluate, count: number): number {
  const events = Array.from({ length: count }, (_, i) => make(i));
  let found = 0;
  // What making the events took is not counted: else a collection on the way would move them all.
  globalThis.gc?.();
  // Of this thread alone: what else runs on the machine does not count.
  const before = process.threadCpuUsage();
  for (const event of events) found += evaluate(event);
  const { user, system } = process.threadCpuUsage(before);
  const ns = ((user + system) * 1_000) / events.length;
  if (found < 0) throw new Error('less than nothing was found');
  return ns;
}

/** With rules that are off as they come, too. */
function enabled({ source, object }: RuleObject): RuleObject {
  return mapped({ source, object }, (rule) => ({ ...rule, enabled: true }));
}

function renamed(one: RuleObject, copy: number): RuleObject {
  return mapped(one, (rule) => {
    const text = JSON.stringify({ ...rule, id: `${String(rule['id'])}-${copy}` });
    return JSON.parse(text.replaceAll("'/etc/", `'/etc-${copy}/`)) as Record<string, unknown>;
  });
}

function mapped(
  { source, object }: RuleObject,
  change: (rule: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): RuleObject {
  const spec = object['spec'] as { readonly rules?: readonly Record<string, unknown>[] };
  if (!spec?.rules) return { source, object };
  return { source, object: { ...object, spec: { ...spec, rules: spec.rules.map(change) } } };
}

function heapBytes(): number {
  for (let time = 0; time < 3; time += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
