import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { configFrom } from './config.ts';
import { askWhoMerges, toldMerger } from './who-merges.ts';

const options = (flags: Readonly<Record<string, unknown>> = {}) =>
  configFrom({ environment: {}, flags });

/** Asks a server that gives this answer; undefined: never. */
function ask(answer: boolean | AgentError | undefined) {
  const client = {
    exists: async () => {
      if (answer === undefined) return new Promise<never>(() => {});
      if (answer instanceof AgentError) throw answer;
      return answer;
    },
  };
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  return { clock, merger: askWhoMerges({ client, options: options(), clock, signal }) };
}

describe('who merges reports', () => {
  it('is said by the options, and by the address of a store', () => {
    const merger = (flags: Readonly<Record<string, unknown>>) => toldMerger(options(flags));
    assert.equal(merger({ store: 'kubernetes', consolidation: 'lease' }), 'lease');
    assert.equal(merger({ store: 'kubernetes', consolidation: 'store' }), 'store');
    assert.equal(merger({ store: 'https://store:443' }), 'store');
    assert.equal(merger({ store: 'kubeconfig:/etc/hullwatch/store' }), 'store');
    assert.equal(merger({ store: 'kubernetes' }), undefined);
  });

  it('is an agent where the kinds are definitions, and the store where they are not', async () => {
    assert.equal(await ask(true).merger, 'lease');
    assert.equal(await ask(false).merger, 'store');
  });

  it('is not known while the server does not say', async () => {
    for (const code of ['unavailable', 'invalid'] as const) {
      await assert.rejects(ask(new AgentError(code, 'no')).merger, { code });
    }
  });

  it('is asked for no longer than one call may take', async () => {
    const { clock, merger } = ask(undefined);
    const rejected = assert.rejects(merger, { code: 'unavailable' });
    await clock.advance(5_000);
    await rejected;
    assert.equal(clock.pending, 0);
  });
});
