import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { compileRuleSet, type RuleSet } from '#rules/rule-set.js';
import { AGENT_VERSION } from '../version.ts';
import { differences } from './differences.ts';
import { givenBindings } from './given-bindings.ts';
import type { RuleTest } from './rule-test.ts';
import type { RuleTestResult } from './rule-test-result.ts';
import { runRuleTest, type StepOutcome } from './run-rule-test.ts';
import type { BrokenTest, TestFile } from './test-file.ts';

/** A file of tests whose rules were read. */
export interface RunnableTestFile {
  /** What results call the file. */
  readonly file: string;
  readonly content: TestFile;
  /** The manifests that `content.rules` names, in order. */
  readonly objects: readonly RuleObject[];
}

/** Runs the tests of a file. Whatever is wrong with one is its result; never rejects. */
export async function runTestFile(given: RunnableTestFile): Promise<readonly RuleTestResult[]> {
  const compile = ruleSets(given);
  const results: RuleTestResult[] = [];
  for (const test of given.content.tests) {
    results.push(
      'error' in test ? broken(given.file, test) : await resultOf(given.file, test, compile),
    );
  }
  return results;
}

type Compile = (test: RuleTest) => {
  readonly set: RuleSet;
  readonly errors: readonly AgentError[];
};

/** Rules are compiled once for all tests that have no bindings of their own. */
function ruleSets({ file, content, objects }: RunnableTestFile): Compile {
  const inline = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: content.inline } };
  const all =
    content.inline.length > 0
      ? [...objects, { source: `${file}, inline`, object: inline }]
      : objects;
  const compile = (bindings: readonly RuleObject[]) =>
    compileRuleSet({ objects: [...all, ...bindings], agentVersion: AGENT_VERSION });
  let shared: ReturnType<Compile> | undefined;
  return (test) => {
    const bindings = givenBindings(test);
    if (bindings) return compile(bindings);
    shared ??= compile([]);
    return shared;
  };
}

async function resultOf(file: string, test: RuleTest, compile: Compile): Promise<RuleTestResult> {
  const { name, rule, steps, isSequence } = test;
  try {
    const { set, errors } = compile(test);
    const ofRule = isLoaded(set, rule) ? undefined : errorOf(rule, errors);
    if (ofRule) return notLoaded(file, test, ofRule);
    const outcomes = await runRuleTest(test, set);
    const why = outcomes.flatMap((outcome, index) => whyOf(test, outcome, index));
    const expected = steps.map(({ expect }) => expect);
    const actual = outcomes.map((outcome) => outcome.actual);
    return {
      ...{ file, name, rule, ok: why.length === 0, error: null, why },
      expected: isSequence ? expected : (expected[0] ?? null),
      actual: isSequence ? actual : (actual[0] ?? null),
    };
  } catch (reason) {
    const { message } = AgentError.from(reason);
    return broken(file, {
      ...test,
      error: new AgentError('invalid', `${file}: test "${name}": ${message}`),
    });
  }
}

function isLoaded({ rules, unused }: RuleSet, id: string): boolean {
  return [...rules, ...unused].some(({ rule }) => rule.id === id);
}

/** Why no rule with that id was loaded: the last wrong one with it, or else one that has no id. */
function errorOf(id: string, errors: readonly AgentError[]): AgentError | undefined {
  const named = errors.findLast(({ message }) => message.includes(`: rule ${id}: `));
  return named ?? errors.find(({ message }) => /: rule at position \d+: /.test(message));
}

function whyOf({ isSequence }: RuleTest, outcome: StepOutcome, index: number): readonly string[] {
  return isSequence ? outcome.why.map((line) => `step ${index + 1}: ${line}`) : outcome.why;
}

/** A rule that does not load is an outcome: a test may expect the error. */
function notLoaded(file: string, test: RuleTest, error: AgentError): RuleTestResult {
  const { name, rule, steps } = test;
  const [first] = steps;
  const actual = { alert: false, error: error.message };
  const expected = first?.expect ?? null;
  const isExpected = steps.length === 1 && first?.expect.error !== undefined;
  if (!isExpected) return broken(file, { name, rule, error });
  const why = differences(first.expect, actual);
  return { file, name, rule, ok: why.length === 0, expected, actual, error: null, why };
}

function broken(
  file: string,
  { name, rule, error }: Pick<BrokenTest, 'name' | 'rule' | 'error'>,
): RuleTestResult {
  return {
    ...{ file, name, rule, ok: false, expected: null, actual: null },
    error: error.message,
    why: [],
  };
}
