import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runTestFile } from '#agent/rule-tests/run-test-file.js';
import { parseTestFile } from '#agent/rule-tests/test-file.js';
import { convertFunctionCase, type FunctionCase } from '../../tools/rule-cases/function-case.ts';

/** The result of the test that a case becomes. */
async function resultOf(given: Omit<FunctionCase, 'id'>): Promise<unknown> {
  const made = convertFunctionCase({ id: 'a case', ...given }, 7);
  if (typeof made === 'string') return made;
  const content = parseTestFile({ inline: [made.rule], tests: [made.test] }, 'f');
  const [result] = await runTestFile({ file: 'f', content, objects: [] });
  return result?.error ?? (result?.ok ? 'as expected' : result?.why);
}

describe('a case of a function', () => {
  const profile = { execs: [{ path: '/bin/ls', args: ['ls'] }] };
  const cases: readonly (readonly [what: string, given: Omit<FunctionCase, 'id'>])[] = [
    ['a call', { function: 'cp.was_executed', args: ['c', '/bin/ls'], profile, expected: true }],
    [
      'a call without a profile',
      { function: 'cp.was_executed', args: ['c', '/bin/ls'], noProfile: true, expected: false },
    ],
    ['a value', { function: 'parse.get_exec_path', args: [['a'], 'b'], expected: 'a' }],
    [
      'an expression with variables, also named like texts in it',
      {
        function: 'cel.eval',
        args: ["cp.was_executed(id, path) && 'id' != id"],
        vars: { id: 'c', path: '/bin/ls', containerID: 'c' },
        profile,
        expected: true,
      },
    ],
    [
      'a field of an event',
      {
        function: 'cel.evalEvent',
        args: ["event.comm == 'x'"],
        event: { type: 'exec', fields: { comm: 'x' } },
        expected: true,
      },
    ],
    ['a path', { function: 'NormalizePath', args: ['/a//b/'], expected: '/a/b' }],
    ['an error', { function: 'cel.eval', args: ['event.foo'], expectedError: 'compile' }],
    [
      'a projected profile',
      {
        function: 'cp.was_path_opened_with_suffix',
        args: ['c', '.log'],
        projectedProfile: {
          opens: {
            All: false,
            Values: [],
            Patterns: [],
            PrefixHits: {},
            SuffixHits: { '.log': true },
          },
        },
        expected: true,
      },
    ],
  ];
  for (const [what, given] of cases) {
    it(`becomes a test when it is ${what}`, async () => {
      assert.equal(await resultOf(given), 'as expected');
      const isTruth = typeof given.expected === 'boolean';
      if (isTruth)
        assert.notEqual(await resultOf({ ...given, expected: !given.expected }), 'as expected');
    });
  }

  it('is left out when no rule can ask for it', async () => {
    assert.match(
      String(await resultOf({ function: 'CompareDynamic', args: ['/a', '/a'], expected: true })),
      /not a function/,
    );
  });
});
