import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { givenActivation } from '#rules/given-activation.js';
import { engineWith } from '#rules/testing/engine-builder.js';
import { aRule, compiled } from '#rules/testing/rule-builder.js';
import { decidingParts } from './deciding-parts.ts';

/** What an expression about an exec of `sh` by user 7 rests on. */
function told(expression: string): readonly string[] {
  const rule = aRule({ id: 'T1', ruleExpression: [{ eventType: 'exec', expression }] });
  const activation = givenActivation('exec', { comm: 'sh', uid: 7, args: ['sh'] });
  const about = {
    containerId: 'c1',
    context: 'kubernetes',
    comm: 'sh',
    namespace: 'shop',
  } as const;
  const [decision] = engineWith(compiled(rule)).decide(
    { type: 'exec', activation, ...about },
    { trace: true },
  );
  return (decision?.traces ?? [])
    .flatMap(({ trace }) => decidingParts(trace))
    .map(({ source, value, error }) => `${source} = ${value ?? error}`);
}

const SH = "event.comm == 'sh'";
const CAT = "event.comm == 'cat'";
const SIX = 'event.uid == 6u';

describe('decidingParts', () => {
  for (const [what, expression, expected] of [
    [
      'an && that is true: all of it',
      `${SH} && event.uid == 7u`,
      [`${SH} = true`, 'event.uid == 7u = true'],
    ],
    ['an && that is false: what made it so', `${SH} && ${CAT} && ${SIX}`, [`${CAT} = false`]],
    ['an || that is false: all of it', `${CAT} || ${SIX}`, [`${CAT} = false`, `${SIX} = false`]],
    [
      'an || that is true: what made it so',
      `(${CAT} || ${SH}) && !(${SIX})`,
      [`${SH} = true`, `${SIX} = false`],
    ],
    [
      'a condition: itself and the branch taken',
      `(${SH} ? ${CAT} : ${SIX})`,
      [`${SH} = true`, `${CAT} = false`],
    ],
    ['one part alone', SH, [`${SH} = true`]],
    [
      'a text with operators in it',
      "event.comm == 'a && b || c'",
      ["event.comm == 'a && b || c' = false"],
    ],
  ] as const) {
    it(`names of ${what}`, () => assert.deepEqual(told(expression), expected));
  }

  it('names the part that failed, not those around it', () => {
    const [failed, ...others] = told("event.args[5] == 'x' && event.comm == 'sh'");
    assert.match(failed ?? '', /^event\.args\[5\] = /);
    assert.deepEqual(others, []);
  });
});
