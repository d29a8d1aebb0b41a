import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configFrom } from './config.ts';
import { environmentNameOf, flagOf } from './options.ts';

describe('configFrom', () => {
  it('takes the defaults, durations in milliseconds', () => {
    const options = configFrom({ environment: {}, flags: {} });
    assert.equal(options.learningPeriod, 24 * 3_600_000);
    assert.deepEqual(options.rules, []);
    assert.equal(options.enforceWhileLearning, false);
  });

  it('lets the command line win over the environment, and that over the file', () => {
    const file = {
      name: 'hullwatch.yaml',
      values: { firstSave: '1s', updatePeriod: '2s', holdTime: '3s' },
    };
    const environment = { HULLWATCH_UPDATE_PERIOD: '20s', HULLWATCH_HOLD_TIME: '30s' };
    const options = configFrom({ file, environment, flags: { holdTime: '300s' } });
    assert.equal(options.firstSave, 1_000);
    assert.equal(options.updatePeriod, 20_000);
    assert.equal(options.holdTime, 300_000);
  });

  it('names every problem, with its source, the field and what was expected', () => {
    const file = { name: 'hullwatch.yaml', values: { learnPeriod: '1h', cooldownAfterCount: -1 } };
    const problems = () =>
      configFrom({
        file,
        environment: { HULLWATCH_COOLDOWN: 'soon' },
        flags: { enforceWhileLearning: 'maybe' },
      });
    assert.throws(problems, (error: Error & { code: string }) => {
      assert.equal(error.code, 'invalid');
      assert.deepEqual(error.message.split('\n'), [
        'hullwatch.yaml: learnPeriod: there is no such option',
        'hullwatch.yaml: cooldownAfterCount: expected a whole number from 1 to 1000000, got -1',
        '--enforce-while-learning: expected true or false, got "maybe"',
        'HULLWATCH_COOLDOWN: expected a duration such as 30s, 10m or 1h30m, got "soon"',
      ]);
      return true;
    });
  });

  for (const [flags, message] of [
    [{ refreshInterval: '0s' }, '--refresh-interval: expected a duration above 0, got "0s"'],
    [
      { dedupSlotsExponent: '60' },
      '--dedup-slots-exponent: expected a whole number from 8 to 24, got "60"',
    ],
    [
      { dedupSlotsExponent: '' },
      '--dedup-slots-exponent: expected a whole number from 8 to 24, got ""',
    ],
    [
      { logLevel: 'bananas' },
      '--log-level: expected one of debug, info, warn, error, silent, got "bananas"',
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(flags)}`, () => {
      assert.throws(() => configFrom({ environment: {}, flags }), { code: 'invalid', message });
    });
  }

  it('lets what may be switched off be 0', () => {
    const { cooldown, dedupWindow } = configFrom({
      environment: {},
      flags: { cooldown: '0', dedupWindow: '0s' },
    });
    assert.deepEqual([cooldown, dedupWindow], [0, 0]);
  });

  it('spells an option for the command line and the environment', () => {
    assert.equal(flagOf('dedupSlotsExponent'), 'dedup-slots-exponent');
    assert.equal(environmentNameOf('dedupSlotsExponent'), 'HULLWATCH_DEDUP_SLOTS_EXPONENT');
  });
});
