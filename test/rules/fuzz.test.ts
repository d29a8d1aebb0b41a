import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { givenProfile } from '#agent/rule-tests/given-profile.js';
import { givenSubject } from '#agent/rule-tests/given-subject.js';
import { givenSurroundings } from '#agent/rule-tests/given-world.js';
import { lintFiles } from '#agent/rule-tests/lint/lint-files.js';
import { parseTestCase, type RuleTestStep } from '#agent/rule-tests/rule-test.js';
import { AgentError } from '#model/agent-error.js';
import { RuleEngine } from '#rules/rule-engine.js';
import { needsOfRule } from '#rules/rule-needs.js';
import { compileRuleSet, type RuleSet } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { mutated, mutation } from './mutations.ts';

const { HULLWATCH_FUZZ_RUNS: runs = '500', HULLWATCH_PROPERTY_SEED: seed } = process.env;
const OPTIONS = { numRuns: Number(runs), ...(seed && { seed: Number(seed) }) };

interface Manifest {
  readonly spec: { readonly rules: readonly Readonly<Record<string, unknown>>[] };
}
interface Tests {
  readonly tests?: readonly Readonly<Record<string, unknown>>[];
}

const FOLDER = fileURLToPath(new URL('../../rules', import.meta.url));
const documentsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => load(readFileSync(join(folder, name), 'utf8')));

/** The rules that come with the agent, and for each the tests of it. */
const SUBJECTS = (() => {
  const tests = (documentsIn(join(FOLDER, 'tests')) as Tests[]).flatMap((file) => file.tests ?? []);
  const rules = (documentsIn(FOLDER) as Manifest[]).flatMap(({ spec }) => spec.rules);
  return rules.flatMap((rule) =>
    tests.filter((test) => test['rule'] === rule['id']).map((test) => ({ rule, test })),
  );
})();

/** Mostly few: what was changed in many places is refused before it is evaluated. */
const few = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 5, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 1 }) },
  fc.array(mutation, { minLength: 2, maxLength: 4 }),
);
const subject = fc.record({ which: fc.nat(), rule: few, test: few });

/** How long the decision about one event took at most, and what it was. Only told: machines differ. */
const slowest = { ms: 0, what: '' };
const outcomes = { decided: 0, refused: 0, failed: 0, stopped: 0 };

describe('mutated rules, profiles and events', () => {
  after(() => {
    const { decided, failed, refused } = outcomes;
    console.log(
      `${decided} decided, ${failed} of them with an error, ${refused} refused as invalid`,
    );
    console.log(`slowest: ${slowest.ms.toFixed(1)} ms: ${slowest.what.slice(0, 500)}`);
  });

  it('give decisions or errors that say what is wrong, and never anything else', () => {
    assert.ok(SUBJECTS.length > 20, 'the rules that come with the agent have tests');
    fc.assert(
      fc.property(subject, ({ which, rule, test }) => {
        const chosen = SUBJECTS[which % SUBJECTS.length];
        assert.ok(chosen);
        const error = decide(mutated(chosen.rule, rule), mutated(chosen.test, test));
        if (error === undefined) return;
        assert.ok(error instanceof AgentError, `${String(error)}`);
        assert.equal(error.code, 'invalid', error.message);
        assert.ok(error.message.length > 0);
      }),
      { ...OPTIONS, endOnFailure: false },
    );
  });
});

describe('an expression that would take long', () => {
  it('is stopped by its steps, and finds nothing', () => {
    const [first] = SUBJECTS;
    const nested =
      "event.args.exists(a, event.args.exists(b, event.args.exists(c, a + b == c + 'x')))";
    const texts = { message: "''", uniqueId: "''" };
    const expressions = { ...texts, ruleExpression: [{ eventType: 'exec', expression: nested }] };
    const rule = { ...first?.rule, id: 'LONG', enabled: true, profileDependency: 2, expressions };
    const args = Array.from({ length: 1_000 }, (_, index) => `argument ${index}`);
    const test = {
      name: 't',
      rule: 'LONG',
      event: { type: 'exec', args },
      expect: { verdict: true },
    };
    const { stopped } = outcomes;
    assert.equal(decide(rule, test), undefined);
    assert.equal(outcomes.stopped, stopped + 1);
  });
});

describe('lint of mutated rules', () => {
  it('reports what it finds, each at a place in a file that it can read, and never fails', async () => {
    const which = fc.nat();
    await fc.assert(
      fc.asyncProperty(which, few, async (index, mutations) => {
        const rule = mutated(SUBJECTS[index % SUBJECTS.length]?.rule, mutations);
        const text = JSON.stringify({
          apiVersion: 'kubescape.io/v1',
          kind: 'Rules',
          spec: { rules: [rule] },
        });
        const read = async (file: string) => (file === 'r' ? [{ file, text }] : []);
        const { findings } = await lintFiles(['r'], { read });
        for (const { check, place, message } of findings) {
          const { file, line = 0, column = 0 } = place;
          assert.ok(message.length > 0 && file === 'r', message);
          // What cannot be read at all may be wrong as a whole.
          if (check !== 'unreadable') assert.ok(line >= 1 && column >= 1, message);
        }
      }),
      OPTIONS,
    );
  });
});

/** What went wrong, or undefined. */
function decide(rule: unknown, written: unknown): unknown {
  const object = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: [rule] } };
  const { set, errors } = compileRuleSet({
    objects: [{ source: 'm', object }],
    agentVersion: '1.0.0',
  });
  for (const error of errors) if (!isTold(error)) return error;
  try {
    for (const step of parseTestCase(written, 'm').steps) decideStep(set, step);
    return undefined;
  } catch (reason) {
    outcomes.refused += 1;
    return reason;
  }
}

function decideStep(set: RuleSet, step: RuleTestStep): void {
  const about = set.rules[0]?.rule ?? set.unused[0]?.rule;
  if (about === undefined) {
    outcomes.refused += 1;
    return;
  }
  const entry = givenProfile(step, needsOfRule(about));
  const { subject } = givenSubject(step);
  const engine = new RuleEngine({
    rules: set,
    profiles: {
      getContainerProfile: () => entry ?? undefined,
      getContainerProfileState: () => entry?.state ?? { name: '' },
    },
    surroundings: givenSurroundings(step.context),
    clock: new VirtualClock(),
    log: silentLogger,
  });
  const ask = () => engine.decide(subject, { ruleId: about.id, entry });
  // The faster of two: the first may have waited for the collector, or compiled a rule that is not in use.
  const [first, second] = [timed(ask), timed(ask)];
  const ms = Math.min(first.ms, second.ms);
  if (ms > slowest.ms) Object.assign(slowest, { ms, what: JSON.stringify({ rule: about, step }) });
  assert.equal(first.value.length, 1);
  const { verdict, error, stage } = first.value[0] ?? {};
  assert.equal(second.value[0]?.verdict, verdict, 'the same question has the same answer');
  outcomes.decided += 1;
  if (error === undefined) return;
  outcomes.failed += 1;
  if (error.message.includes('steps')) outcomes.stopped += 1;
  assert.ok(error instanceof AgentError && error.code === 'invalid', String(error));
  assert.ok(stage !== undefined || verdict === true, 'what fails finds nothing');
}

function timed<Value>(run: () => Value): { readonly value: Value; readonly ms: number } {
  const start = performance.now();
  const value = run();
  return { value, ms: performance.now() - start };
}

function isTold(error: AgentError): boolean {
  return error.code === 'invalid' && error.message.startsWith('m: ');
}
