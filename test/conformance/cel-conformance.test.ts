import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SpecCase, specCases } from './cel-cases.ts';
import { runCase } from './cel-run.ts';
import { EXPECTED_FAILURES } from './expected-failures.ts';

const { cases, leftOut } = specCases();
const reasons = new Map<string, string>(
  Object.entries(EXPECTED_FAILURES).flatMap(([reason, ids]) => ids.map((id) => [id, reason])),
);

interface Tally {
  run: number;
  passed: number;
  expected: number;
}

const byFile = new Map<string, Tally>();
const unexpected: string[] = [];
const passing: string[] = [];

function judge(one: SpecCase): void {
  const tally = byFile.get(one.file) ?? { run: 0, passed: 0, expected: 0 };
  byFile.set(one.file, tally);
  tally.run += 1;
  try {
    runCase(one);
  } catch (reason) {
    if (reasons.has(one.id)) tally.expected += 1;
    else unexpected.push(`${one.id}: ${one.expression}: ${String(reason)}`);
    return;
  }
  tally.passed += 1;
  if (reasons.has(one.id)) passing.push(one.id);
}

describe('the simple tests of the CEL specification that need no protobuf', () => {
  for (const one of cases) judge(one);

  it('pass, apart from those that are listed', () => assert.deepEqual(unexpected, []));

  it('fail where they are listed', () => assert.deepEqual(passing, []));

  it('are all there that are listed', () => {
    const known = new Set(cases.map(({ id }) => id));
    assert.deepEqual(
      [...reasons.keys()].filter((id) => !known.has(id)),
      [],
    );
  });

  it('are not fewer than they were', () => assert.ok(cases.length >= 1_300, `${cases.length}`));

  it('have names of their own', () => {
    assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
  });

  for (const [file, { run, passed, expected }] of byFile) {
    console.log(`${file}: ${run} run, ${passed} passed, ${expected} expected failures`);
  }
  const sum = (part: keyof Tally) => [...byFile.values()].reduce((all, one) => all + one[part], 0);
  console.log(
    `CEL specification: ${sum('run')} run, ${sum('passed')} passed, ${sum('expected')} expected failures`,
  );
  const others = [...leftOut].map(([file, count]) => `${file} ${count}`);
  console.log(`left out: ${others.join(', ')}`);
});
