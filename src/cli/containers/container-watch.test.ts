import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { ContainerJson } from '#web/container-json.js';
import { watchContainers } from './container-watch.ts';

const container = (containerId: string, state: ContainerJson['state']): ContainerJson => ({
  containerId,
  state,
  reason: 'added',
  since: '1970-01-01T00:00:00.000Z',
  wouldChange: '',
  isEnforced: false,
  sources: [],
});

type Answered = readonly ContainerJson[] | AgentError;

/** Watches answers, one a second, and gives what was shown and told. */
async function watched(...answers: readonly Answered[]): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const told: string[] = [];
  let asked = 0;
  const watching = watchContainers(
    {
      clock,
      list: async () => {
        const answer = answers[asked] ?? answers.at(-1) ?? [];
        asked += 1;
        if (answer instanceof AgentError) throw answer;
        return answer;
      },
      looksOf: ({ state }) => state,
      show: (changed) =>
        told.push(changed.map(({ containerId, state }) => `${containerId} ${state}`).join(', ')),
      tell: (line) => told.push(line),
    },
    stop.signal,
  );
  // A failure of the first asking is for the one who awaits the watch, not for the clock.
  watching.catch(() => {});
  await clock.advance((answers.length - 1) * 1_000);
  assert.equal(asked, answers.length, 'it asks once a second');
  stop.abort();
  await watching;
  assert.equal(clock.pending, 0);
  return told;
}

describe('watchContainers', () => {
  it('shows everything first, and then only what looks otherwise', async () => {
    const told = await watched(
      [container('a', 'waiting'), container('b', 'pending')],
      [container('a', 'waiting'), container('b', 'pending')],
      [container('a', 'cached'), container('b', 'pending'), container('c', 'waiting')],
    );
    assert.deepEqual(told, ['a waiting, b pending', 'a cached, c waiting']);
  });

  it('shows what went as gone, once, and anew when it comes back', async () => {
    const told = await watched([container('a', 'leaving')], [], [], [container('a', 'leaving')]);
    assert.deepEqual(told, ['a leaving', 'a gone', 'a leaving']);
  });

  it('says once that the agent does not answer, and goes on', async () => {
    const away = new AgentError('unavailable', 'no agent answers');
    const told = await watched([container('a', 'pending')], away, away, [container('a', 'cached')]);
    assert.deepEqual(told, [
      'a pending',
      'no agent answers; still asking',
      'the agent answers again',
      'a cached',
    ]);
  });

  it('fails when the agent does not answer at first', async () => {
    await assert.rejects(watched(new AgentError('unavailable', 'no agent answers')), {
      code: 'unavailable',
    });
  });
});
