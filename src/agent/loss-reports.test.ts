import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventAccounting } from '#model/event-accounting.js';
import { aContainer } from '#model/testing/sample-container.js';
import { LossReports } from './loss-reports.ts';

const container = aContainer({ id: 'c' });

function started() {
  const said: string[] = [];
  const accounting = new EventAccounting();
  const losses = new LossReports({
    accounting,
    learner: () => ({
      lossOccurred: (count, containerId, kind) => {
        if (count > 0) said.push(`${kind} ${count} of ${containerId ?? 'somebody'}`);
      },
    }),
    onShareLost: ({ id }, count) => said.push(`share ${count} of ${id}`),
    onUnseen: (containerId) => said.push(`unseen ${containerId}`),
  });
  return { accounting, losses, said };
}

describe('losses of events', () => {
  it('of a container before it was known let the sensor tell again what it told', () => {
    const { losses, said } = started();
    losses.ofContainer(container, 3, 'unknown-container');
    losses.ofContainer(container, 1, 'hold-full');
    assert.deepEqual(said, [...['dropped 3 of c', 'unseen c'], ...['dropped 1 of c', 'unseen c']]);
  });

  it('of a share are told as such, those of a full buffer are not', () => {
    const { losses, said } = started();
    losses.ofContainer(container, 2, 'container-share');
    losses.ofContainer(container, 1, 'kernel-buffer-full-of-one');
    assert.deepEqual(said, [...['lost 2 of c', 'share 2 of c'], 'lost 1 of c']);
  });

  it('of nobody knows whom are told once, of each kind', () => {
    const { accounting, losses, said } = started();
    accounting.dropped('kernel-buffer-full', 4);
    accounting.dropped('queue-full');
    losses.ofUnknownOrigin();
    losses.ofUnknownOrigin();
    accounting.dropped('kernel-buffer-full');
    losses.ofUnknownOrigin();
    assert.deepEqual(said, [
      ...['lost 4 of somebody', 'dropped 1 of somebody'],
      'lost 1 of somebody',
    ]);
  });
});
