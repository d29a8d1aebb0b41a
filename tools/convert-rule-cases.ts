import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dump } from 'js-yaml';
import { convertFunctionCase, type FunctionCase } from './rule-cases/function-case.ts';
import { convertRuleCase, type RuleCase } from './rule-cases/rule-case.ts';

// Makes files for `hullwatch rules test` of cases in the form that docs/rule-tests.md describes:
//   node --conditions=source tools/convert-rule-cases.ts CASES.jsonl RULES.yaml OUT-FOLDER
// A case of a whole rule is a test of RULES.yaml; a case of a function becomes a rule of its own. What cannot be
// asked of a rule is listed, and left out.

const [casesFile, rulesFile, folder] = process.argv.slice(2);
if (!casesFile || !rulesFile || !folder) {
  console.error('expected CASES.jsonl RULES.yaml OUT-FOLDER');
  process.exit(2);
}

const inline: unknown[] = [];
const tests: unknown[] = [];
const leftOut = new Map<string, number>();
const cases = readFileSync(casesFile, 'utf8').split('\n').filter(Boolean);
cases.forEach((line, index) => {
  const given = JSON.parse(line) as RuleCase | FunctionCase;
  const made =
    'function' in given
      ? convertFunctionCase(given, index)
      : convertRuleCase(given, { rulesFile, index });
  if (typeof made === 'string') leftOut.set(made, (leftOut.get(made) ?? 0) + 1);
  else {
    tests.push(made.test);
    if (made.rule !== undefined) inline.push(made.rule);
  }
});

mkdirSync(folder, { recursive: true });
const out = join(folder, `${casesFile.replace(/^.*\/|[.]jsonl$/g, '')}.yaml`);
const content = { rules: [resolve(rulesFile)], inline, tests };
writeFileSync(out, dump(content, { noRefs: true, lineWidth: 100 }));
console.log(`${out}: ${tests.length} tests of ${cases.length} cases`);
for (const [why, count] of leftOut) console.log(`left out ${count}: ${why}`);
