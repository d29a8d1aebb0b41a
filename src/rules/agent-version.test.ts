import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { agentVersionAllows } from './agent-version.ts';

describe('agentVersionAllows', () => {
  const cases: readonly (readonly [version: string, requirement: string, allows: boolean])[] = [
    ['0.9.0', '0.9.0', true],
    ['0.9.1', '=0.9.0', false],
    ['1.4.2', '>=1.4', true],
    ['1.4.2', '<1.4', false],
    ['1.4.2', ' > 1.2 ,  < 1.5 ', true],
    ['1.6.0', '>1.2, <1.5', false],
    ['1.6.0', '>1.2 <1.5 || ^1.6', true],
    ['1.4.2', '~1.4.1', true],
    ['1.5.0', '~1.4.1', false],
    ['1.5.0', '~>1.4.1', false],
    ['1.9.9', '^1.4', true],
    ['2.0.0', '^1.4', false],
    ['0.3.0', '^0.2.5', false],
    ['1.4.2', '1.2 - 1.4.5', true],
    ['1.4.6', '1.2 - 1.4.5', false],
    ['1.4.2', '1.4.x', true],
    ['1.4.2', '*', true],
    ['1.4.2', '!=1.4.2', false],
    ['1.4.3', '!=1.4.2', true],
    ['1.4.2', '=>1.4.2', true],
    ['1.4', '>=1.4.0', true],
    ['v1.4.0', '>=1.4.0', true],
    ['1.4.0+linux.1', '>=1.4.0', true],
    ['1.4.0-rc.1', '>=1.3.0', false],
    ['1.4.0-rc.1', '!=1.3.0', false],
    ['1.4.0-rc.1', '>=1.3.0-0', true],
    ['1.4.0-rc.1', '>=1.3.0-0, <2.0.0', false],
    ['1.4.0-rc.1', '>=1.4.0-rc.2', false],
    ['1.4.2', '', true],
    ['1.4.2', 'newer than last year', true],
    ['1.4.2', `<1.0.0 ${' '.repeat(300)}`, true],
    ['a build of mine', '>=9', true],
  ];
  for (const [version, requirement, allows] of cases) {
    it(`${allows ? 'lets' : 'does not let'} ${version} have what is for "${requirement.slice(0, 30)}"`, () => {
      assert.equal(agentVersionAllows(requirement, version), allows);
    });
  }

  it('lets every version have what names none', () => {
    assert.equal(agentVersionAllows(undefined, '1.4.2'), true);
  });

  it('answers to every text', () => {
    const piece = fc.constantFrom(
      '>=',
      '<',
      '!=',
      '~>',
      '^',
      '1',
      '.',
      '2',
      'x',
      '-rc',
      ' - ',
      ',',
      ' ',
      '||',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, text, (requirement, version) => {
        assert.equal(typeof agentVersionAllows(requirement, version), 'boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});
