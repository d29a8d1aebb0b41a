import { AgentError } from '#model/agent-error.js';
import { isRecord } from '#profile/is-record.js';
import { parseTestCase, type RuleTest } from './rule-test.ts';

/** The rule tests of one file. */
export interface TestFile {
  /** Files and folders of rules, as written: relative to the file. */
  readonly rules: readonly string[];
  /** Rules in the public format, without a manifest around them. */
  readonly inline: readonly unknown[];
  /** In their order; what is wrong with one is an error in its place. */
  readonly tests: readonly (RuleTest | BrokenTest)[];
}

/** A test that cannot be run. */
export interface BrokenTest {
  readonly name: string;
  readonly rule: string;
  readonly error: AgentError;
}

const FIELDS = ['rules', 'inline', 'tests'];

/** True of what looks like a file of rule tests and not like a manifest. */
export function isTestFile(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && value['kind'] === undefined && value['tests'] !== undefined;
}

/**
 * Validates a file of rule tests (docs/rule-tests.md). Throws `invalid` with file, field and what was
 * expected when it cannot be used at all; a test that is wrong spoils no other.
 */
export function parseTestFile(value: unknown, source: string): TestFile {
  const refuse = (problem: string) => new AgentError('invalid', `${source}: ${problem}`);
  if (!isRecord(value)) throw refuse(`expected an object with ${FIELDS.join(', ')}`);
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    throw refuse(`${unknown}: there is no such field; expected ${FIELDS.join(', ')}`);
  }
  const { rules = [], inline = [], tests } = value;
  if (!Array.isArray(rules) || !rules.every((path) => typeof path === 'string' && path !== '')) {
    throw refuse('rules: expected a list of files and folders');
  }
  if (!Array.isArray(inline)) throw refuse('inline: expected a list of rules');
  if (rules.length + inline.length === 0) throw refuse('expected rules or inline, with a rule');
  if (!Array.isArray(tests) || tests.length === 0) throw refuse('tests: expected a list of tests');
  return {
    rules,
    inline,
    tests: withoutTwins(
      tests.map((test, i) => testOf(test, source, i)),
      source,
    ),
  };
}

function testOf(value: unknown, source: string, index: number): RuleTest | BrokenTest {
  const at = (field: string) => {
    const text = isRecord(value) ? value[field] : undefined;
    return typeof text === 'string' ? text : '';
  };
  const name = at('name') || `test ${index + 1}`;
  try {
    return parseTestCase(value, at('name') ? `${source}: test "${name}"` : `${source}: ${name}`);
  } catch (reason) {
    return { name, rule: at('rule'), error: AgentError.from(reason, 'invalid') };
  }
}

/** Of tests with one name only the first is kept: a report would show one of them. */
function withoutTwins(
  tests: readonly (RuleTest | BrokenTest)[],
  source: string,
): readonly (RuleTest | BrokenTest)[] {
  const seen = new Set<string>();
  return tests.map((test) => {
    const { name, rule } = test;
    const isTwin = seen.has(name);
    seen.add(name);
    if (!isTwin || 'error' in test) return test;
    const message = `${source}: test "${name}": name: expected another name than an earlier test has`;
    return { name, rule, error: new AgentError('invalid', message) };
  });
}
