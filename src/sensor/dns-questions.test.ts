import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DnsQuestions } from './dns-questions.ts';

const asked = (fields: { cgroupId?: number; socket?: bigint; name?: string } = {}) => ({
  ...{ cgroupId: 1, socket: 7n, name: 'shop.' },
  ...fields,
});

describe('DnsQuestions', () => {
  it('know what was asked by a container, over a socket, within 30 seconds', () => {
    const questions = new DnsQuestions();
    assert.equal(questions.wasAsked(asked(), 1_000), false);
    questions.ask(asked(), 1_000);
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal(questions.wasAsked(asked(), 30_999), true, 'A and AAAA are two answers');
    }
    assert.equal(questions.wasAsked(asked(), 31_000), false);
    for (const other of [{ cgroupId: 2 }, { socket: 8n }, { name: 'other.' }]) {
      assert.equal(questions.wasAsked(asked(other), 1_001), false);
    }
  });

  it('are kept from when they were asked last', () => {
    const questions = new DnsQuestions();
    questions.ask(asked(), 0);
    questions.ask(asked(), 20_000);
    assert.equal(questions.size, 1);
    assert.equal(questions.wasAsked(asked(), 40_000), true);
  });

  it('are forgotten when their time is over', () => {
    const questions = new DnsQuestions();
    for (let cgroupId = 0; cgroupId < 100; cgroupId += 1) questions.ask(asked({ cgroupId }), 0);
    questions.ask(asked(), 29_999);
    assert.equal(questions.size, 100);
    questions.ask(asked({ cgroupId: 500 }), 30_000);
    assert.equal(questions.size, 2);
  });

  it('of a container that asks a lot push out its own alone, the oldest first', () => {
    const questions = new DnsQuestions(100);
    questions.ask(asked({ cgroupId: 2 }), 0);
    for (let n = 0; n < 1_000; n += 1) questions.ask(asked({ name: `${n}.` }), n);
    assert.ok(questions.size <= 51);
    assert.equal(questions.wasAsked(asked({ name: '999.' }), 1_000), true);
    assert.equal(questions.wasAsked(asked({ name: '900.' }), 1_000), false);
    assert.equal(questions.wasAsked(asked({ cgroupId: 2 }), 1_000), true);
    questions.ask(asked({ cgroupId: 3 }), 1_000);
    assert.equal(questions.wasAsked(asked({ cgroupId: 3 }), 1_000), true);
  });

  it('are never more than their bound, and are counted right', () => {
    const question = fc.record({
      cgroupId: fc.integer({ min: 0, max: 6 }),
      socket: fc.bigInt(0n, 3n),
      name: fc.constantFrom('a.', 'b.', 'c.', 'd.'),
      waitMs: fc.constantFrom(0, 1, 10_000),
    });
    fc.assert(
      fc.property(fc.array(question, { maxLength: 100 }), (acts) => {
        const questions = new DnsQuestions(12);
        let nowMs = 0;
        for (const { waitMs, ...each } of acts) {
          nowMs += waitMs;
          questions.ask(each, nowMs);
          assert.ok(questions.size >= 0 && questions.size <= 12);
        }
        questions.ask(asked(), nowMs + 60_000);
        assert.equal(questions.size, 1);
      }),
    );
  });
});
