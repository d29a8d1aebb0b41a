// The rules that come with the agent against their own cases, and what must stand beside each of them.
// That the tables of the pages are those of the manifests is looked at in architecture.test.ts.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import type { RuleTest } from '../src/agent/rule-tests/rule-test.ts';
import { runTestFile } from '../src/agent/rule-tests/run-test-file.ts';
import { parseTestFile } from '../src/agent/rule-tests/test-file.ts';
import { readManifests } from '../src/kube/manifests.ts';
import { DEFAULT_RULES_URL } from '../src/rules/default-rules.ts';
import { shippedRules } from './rule-pages.ts';

const cases = new URL('tests/', DEFAULT_RULES_URL);
const pages = new URL('../docs/rules/', import.meta.url);
const rules = await shippedRules();

function contentOf(id: string) {
  const text = readFileSync(new URL(`${id}.yaml`, cases), 'utf8');
  return parseTestFile(load(text), `${id}.yaml`);
}

describe('the rules that come with the agent', () => {
  it('have a file of cases each, and no file more', () => {
    const expected = rules.map(({ id }) => `${id}.yaml`);
    assert.deepEqual(readdirSync(cases).sort(), expected);
  });

  it('have a page each, and one for what the agent raises by itself', () => {
    const expected = [
      ...rules.map(({ id }) => `${id}.md`),
      'R1016.md',
      'HW0001.md',
      'README.md',
    ].sort();
    assert.deepEqual(readdirSync(pages).sort(), expected);
  });

  for (const { id, name } of rules) {
    it(`${id} decides its cases as they say`, async () => {
      const content = contentOf(id);
      const paths = content.rules.map((path) => fileURLToPath(new URL(path, cases)));
      const { manifests: objects } = await readManifests(paths);
      const results = await runTestFile({ file: `${id}.yaml`, content, objects });
      assert.ok(results.length > 0);
      assert.deepEqual(
        results.filter(({ ok }) => !ok),
        [],
      );
    });

    it(`${id} has cases that find something, cases that do not, its message and its uniqueId`, () => {
      const tests = contentOf(id).tests.map((test) => {
        assert.ok(!('error' in test), test.name);
        assert.equal(test.rule, id);
        return test satisfies RuleTest;
      });
      const expected = tests.flatMap(({ steps }) => steps.map(({ expect }) => expect));
      const positive = expected.filter(({ verdict, alert }) => verdict ?? alert);
      const negative = expected.filter(
        ({ verdict, alert }) => verdict === false || alert === false,
      );
      assert.ok(positive.length >= 2, 'two that are true');
      assert.ok(negative.length >= 3, 'three that are not');
      assert.ok(expected.some(({ message }) => message !== undefined));
      assert.ok(expected.some(({ uniqueId }) => uniqueId !== undefined));
    });

    it(`${id} has a page that says what it means, what to do, and when it is a false alarm`, () => {
      const text = readFileSync(new URL(`${id}.md`, pages), 'utf8');
      assert.ok(text.startsWith(`# ${id} ${name}\n`));
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, ['What it means', 'What to do', 'When it is a false alarm']);
      assert.ok(text.split('\n').length <= 50, 'short enough for the middle of the night');
    });
  }
});
