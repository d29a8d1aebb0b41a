import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { compileRuleSet, type RuleSet } from '#rules/rule-set.js';
import { AGENT_VERSION } from '../version.ts';
import { differences } from './differences.ts';
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
  return ({ bindings, name }) => {
    if (bindings)
      return compile(bindings.map((given, i) => bindingObject(given, `${name}, binding ${i + 1}`)));
    shared ??= compile([]);
    return shared;
  };
}

/** A binding as its manifest, which a test may leave out around the spec. */
function bindingObject(given: Readonly<Record<string, unknown>>, source: string): RuleObject {
  if ('kind' in given) return { source, object: given };
  const apiVersion = 'kubescape.io/v1';
  const object = {
    apiVersion,
    kind: 'RuntimeRuleAlertBinding',
    metadata: { name: source },
    spec: given,
  };
  return { source, object };
}

async function resultOf(file: string, test: RuleTest, compile: Compile): Promise<RuleTestResult> {
  const { name, rule, steps, isSequence } = test;
  try {
    const { set, errors } = compile(test);
    const ofRule = errors.find(({ message }) => message.includes(`rule ${rule}: `));
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
