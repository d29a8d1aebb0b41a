import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadingSource, RuleReading } from '#kube/rule-reading.js';
import { AgentError } from '#model/agent-error.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { RulePlaces } from './rule-places.ts';

const { signal } = new AbortController();

function an(kind: string, source: string) {
  return { source, object: { kind } };
}

/** A place that says what a test puts into it; an error is thrown. */
class GivenPlace implements ReadingSource {
  says: RuleReading | AgentError | 'nothing yet';

  constructor(says: RuleReading | AgentError | 'nothing yet' = { objects: [], problems: [] }) {
    this.says = says;
  }

  async read({ signal: inner }: { readonly signal: AbortSignal }): Promise<RuleReading> {
    if (this.says === 'nothing yet') {
      return new Promise((_resolve, reject) => {
        inner.addEventListener('abort', () => reject(inner.reason), { once: true });
      });
    }
    if (this.says instanceof AgentError) throw this.says;
    return this.says;
  }

  async watch(): Promise<void> {}
}

function open() {
  const clock = new VirtualClock();
  const [defaults, store] = [new GivenPlace(), new GivenPlace()];
  defaults.says = { objects: [an('Rules', 'defaults')], problems: [] };
  const places = new RulePlaces(
    [
      { name: 'the package', source: defaults, isFallback: true },
      { name: 'the store', source: store },
    ],
    { clock, budgetMs: 1_000 },
  );
  const sources = async () => (await places.read({ signal })).objects.map(({ source }) => source);
  return { clock, defaults, store, places, sources };
}

describe('rules of several places', () => {
  it('are those of the store alone as soon as it holds any, and the default ones again when it does not', async () => {
    const { store, sources } = open();
    assert.deepEqual(await sources(), ['defaults']);
    store.says = { objects: [an('RuntimeRuleAlertBinding', 'binding')], problems: [] };
    assert.deepEqual(await sources(), ['defaults', 'binding']);
    store.says = {
      objects: [an('Rules', 'own'), an('RuntimeRuleAlertBinding', 'b')],
      problems: [],
    };
    assert.deepEqual(await sources(), ['own', 'b']);
    store.says = { objects: [], problems: [] };
    assert.deepEqual(await sources(), ['defaults']);
  });

  it('stay as they were last told by a place that does not answer, which is said', async () => {
    const { store, places } = open();
    store.says = { objects: [an('Rules', 'own')], problems: [] };
    await places.read({ signal });
    store.says = new AgentError('unavailable', 'connection refused');
    const { objects, problems, warnings, isIncomplete } = await places.read({ signal });
    assert.deepEqual(
      objects.map(({ source }) => source),
      ['own'],
    );
    assert.deepEqual(problems, []);
    assert.match(
      warnings.join(),
      /rules of the store cannot be read, what it said last is used: conn/,
    );
    assert.ok(isIncomplete);
  });

  it('are the default ones while the store has never answered', async () => {
    const { clock, store, places } = open();
    store.says = 'nothing yet';
    const reading = places.read({ signal });
    await clock.advance(1_001);
    const { objects, isIncomplete, warnings } = await reading;
    assert.deepEqual([objects.map(({ source }) => source), isIncomplete], [['defaults'], true]);
    assert.match(warnings.join(), /nothing of it is used yet/);
    assert.equal(clock.pending, 0);
  });
});
