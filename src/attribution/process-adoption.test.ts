import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import { HOST_CGROUP_ID } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import { hostContainer } from './host-container.ts';
import type { ScannedProcess } from './proc-scan.ts';
import { aContainer, anOpen } from './testing/build-event.ts';

const host = hostContainer({ nodeName: 'node-1', bootedAtMs: 0 });

function aFound(pid: number, ppid: number): ScannedProcess {
  return {
    ...{
      pid,
      ppid,
      comm: 'nginx',
      exePath: '/usr/sbin/nginx',
      args: ['nginx'],
      startMs: 500 + pid,
    },
    ...{ uid: 0, gid: 0, cwd: '/', upperLayer: false },
  };
}

/** An attributor that finds these processes, whichever container it asks for. */
function setUp(found: readonly ScannedProcess[]) {
  const clock = new VirtualClock(1_000_000);
  const delivered: AttributedEvent[] = [];
  const asked: string[] = [];
  let read = 0;
  const attributor = new Attributor({
    ...{ clock, accounting: new EventAccounting(), log: silentLogger },
    onEvent: (event) => delivered.push(event),
    scan: {
      *processesOf({ id }: Container) {
        asked.push(id);
        for (const each of found) {
          read += 1;
          yield each;
        }
      },
    },
  });
  return { clock, attributor, delivered, asked, readCount: () => read };
}

describe('processes that were there before', () => {
  it('are known before the first event of their container is delivered', () => {
    const { attributor, delivered } = setUp([aFound(11, 10), aFound(10, 1)]);
    attributor.accept([anOpen({ cgroupId: 5, pid: 11, ppid: 10, processStartMs: 511 })]);
    attributor.containerAdded(aContainer({ cgroupId: 5, preExisting: true }));
    const [event] = delivered;
    assert.deepEqual([event?.process.exePath, event?.process.parent?.pid], ['/usr/sbin/nginx', 10]);
  });

  it('are looked for once, and only in containers that ran already', () => {
    const { attributor, asked } = setUp([]);
    attributor.containerAdded(aContainer({ id: 'new' }));
    attributor.containerAdded(aContainer({ id: 'pause', kind: 'sandbox', preExisting: true }));
    attributor.containerAdded(aContainer({ id: 'old', preExisting: true }));
    attributor.containerAdded(aContainer({ id: 'old', preExisting: true, image: 'more:1' }));
    assert.deepEqual(asked, ['old']);
  });

  it('of the host are read little by little, and linked in the end', async () => {
    const count = 120;
    // Each one is the child of the one after it.
    const found = Array.from({ length: count }, (_, at) => aFound(count - at + 1, count - at));
    const { clock, attributor, delivered, readCount } = setUp(found);
    attributor.containerAdded(host);
    assert.equal(readCount(), 20);
    await clock.advance(0);
    assert.equal(readCount(), count);
    const pid = count + 1;
    attributor.accept([
      anOpen({ cgroupId: HOST_CGROUP_ID, pid, ppid: count, processStartMs: 500 + pid }),
    ]);
    let depth = 0;
    for (let each = delivered[0]?.process; each; each = each.parent) depth += 1;
    assert.equal(depth, count);
  });

  it('of a container that has very many are read at once only to a part', async () => {
    const found = Array.from({ length: 300 }, (_, at) => aFound(at + 2, at + 1));
    const { clock, attributor, delivered, readCount } = setUp(found);
    attributor.containerAdded(aContainer({ id: 'a', cgroupId: 5, preExisting: true }));
    attributor.containerAdded(aContainer({ id: 'b', cgroupId: 6, preExisting: true }));
    assert.equal(readCount(), 2 * 128);
    attributor.containerRemoved({ containerId: 'b', timeMs: 2_000 });
    const event = anOpen({ cgroupId: 5, pid: 400, ppid: 100 });
    attributor.accept([event]);
    await clock.advance(0);
    assert.equal(
      readCount(),
      300 + 128,
      'one after the other, and none for a container that ended',
    );
    assert.equal(delivered.length, 1);
  });

  it('are not looked for any more when the agent ends', async () => {
    const found = Array.from({ length: 200 }, (_, at) => aFound(at + 2, 1));
    const { clock, attributor, readCount } = setUp(found);
    attributor.containerAdded(host);
    attributor.drain();
    await clock.advance(10);
    assert.deepEqual([readCount(), attributor.sizes().processes], [20, 0]);
  });

  it('of a container stay its own when they are found among the host’s', () => {
    const { attributor, delivered } = setUp([aFound(10, 1)]);
    attributor.containerAdded(aContainer({ cgroupId: 5, preExisting: true }));
    attributor.containerAdded(host);
    attributor.accept([anOpen({ cgroupId: 5, pid: 10, processStartMs: 510 })]);
    assert.equal(delivered[0]?.process.comm, 'nginx');
    assert.equal(delivered[0]?.container.id, 'web');
  });
});
