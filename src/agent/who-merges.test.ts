import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { configFrom } from './config.ts';
import { askWhoMerges, toldMerger } from './who-merges.ts';

const options = (flags: Readonly<Record<string, unknown>> = {}) =>
  configFrom({ environment: {}, flags });

type Answers = Readonly<Record<string, object | AgentError>>;

/** Asks a server that answers these paths, by a part of each. */
function ask(answers: Answers) {
  const client = {
    get: async (path: string) => {
      const [, answer] = Object.entries(answers).find(([part]) => path.includes(part)) ?? [];
      if (answer === undefined) return new Promise<never>(() => {});
      if (answer instanceof AgentError) throw answer;
      return answer as Readonly<Record<string, unknown>>;
    },
  };
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  return { clock, merger: askWhoMerges({ client, options: options(), clock, signal }) };
}

const NAMED = new AgentError('not-found', 'the definition is not there');
const NOT_SERVED = new AgentError('unavailable', '404 page not found');
const groups = (...names: readonly string[]) => ({ groups: names.map((name) => ({ name })) });

describe('who merges reports', () => {
  it('is said by the options, and by the address of a store', () => {
    const merger = (flags: Readonly<Record<string, unknown>>) => toldMerger(options(flags));
    assert.equal(merger({ store: 'kubernetes', consolidation: 'lease' }), 'lease');
    assert.equal(merger({ store: 'kubernetes', consolidation: 'store' }), 'store');
    assert.equal(merger({ store: 'https://store:443' }), 'store');
    assert.equal(merger({ store: 'kubernetes' }), undefined);
  });

  it('is an agent where the kinds are definitions, and the store where they are not', async () => {
    assert.equal(await ask({ customresourcedefinitions: {} }).merger, 'lease');
    assert.equal(await ask({ customresourcedefinitions: NAMED }).merger, 'store');
  });

  it('is the store where there are no definitions at all', async () => {
    const answers = { customresourcedefinitions: NOT_SERVED, '/apis': groups('apps') };
    assert.equal(await ask(answers).merger, 'store');
  });

  it('is not known while the server does not say', async () => {
    const served = groups('apps', 'apiextensions.k8s.io');
    for (const apis of [served, {}, NOT_SERVED]) {
      const answers = { customresourcedefinitions: NOT_SERVED, '/apis': apis };
      await assert.rejects(ask(answers).merger, { code: 'unavailable' });
    }
    const refused = new AgentError('invalid', 'users[0].token: expected text');
    await assert.rejects(ask({ customresourcedefinitions: refused }).merger, refused);
  });

  it('is asked for no longer than one call may take', async () => {
    const { clock, merger } = ask({});
    const rejected = assert.rejects(merger, { code: 'unavailable' });
    await clock.advance(5_000);
    await rejected;
    assert.equal(clock.pending, 0);
  });
});
