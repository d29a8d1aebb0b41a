import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Container } from '#model/container.js';
import type { LostRecord, NetworkPeer, RawRecord } from '#model/raw-event.js';
import type { SensorControl } from '#model/sensor-control.js';
import { aContainer } from '#model/testing/sample-container.js';
import { compileRuleSet, type RuleSet, ruleSetOf } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { aRawEvent } from '#sensor/testing/encoded-frames.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { alertList } from './alert-output.ts';
import { configFrom } from './config.ts';
import { Flow } from './flow.ts';
import type { FlowParts } from './flow-parts.ts';
import { memoryQueue } from './open-queue.ts';
import { learnedProfile, manifestOf } from './testing/explained-agent.ts';

const CGROUP = 7;
const container: Container = aContainer({ cgroupId: CGROUP });
const PEER: NetworkPeer = { kind: 'service', namespace: 'shop', name: 'db' };
const CONNECTS = manifestOf({
  ...{ id: 'T1', eventType: 'network', expression: 'true', profileDependency: 2 },
});

function setOf(...manifests: Parameters<typeof compileRuleSet>[0]['objects']): RuleSet {
  return compileRuleSet({ objects: manifests, agentVersion: '1.0.0' }).set;
}

/** An agent's stages on a clock that stands still, behind a sensor that keeps what it is told. */
function started(t: TestContext, parts: Partial<FlowParts> = {}) {
  const clock = new VirtualClock(1_000_000);
  const said: string[] = [];
  const control: SensorControl = {
    demand: ({ types }) => said.push(`demand ${[...types].join()}`),
    narrow: (cgroupId, isNarrow) => said.push(`${isNarrow ? 'narrow' : 'widen'} ${cgroupId}`),
    reopen: (cgroupId) => said.push(`reopen ${cgroupId ?? 'all'}`),
  };
  const random = seededRandom(1);
  const store = new MemoryProfileStore({ clock, random });
  const { sink, alerts } = alertList();
  const flow = new Flow({
    ...{ clock, random, store, control, log: silentLogger, hostName: 'h', sinks: [sink] },
    ...{ rules: ruleSetOf([]), areNumbersInOrder: true },
    queue: memoryQueue({ clock, log: silentLogger }),
    options: configFrom({
      environment: {},
      flags: { firstSave: '1s', updatePeriod: '1s', learningPeriod: '10s' },
    }),
    onSaved: () => {},
    onCacheChange: () => {},
    ...parts,
  });
  const ending = new AbortController();
  const { signal } = ending;
  const running = flow.cache.run({ signal });
  t.after(async () => {
    ending.abort();
    await running;
    flow.drain();
    const stopped = flow.learner.stop();
    await clock.advance(60_000);
    await stopped;
    await flow.alerts.close();
  });
  const begin = () =>
    flow.acceptContainerEvent({ type: 'container-added', timeMs: clock.now(), container });
  const end = () =>
    flow.acceptContainerEvent({
      ...{ type: 'container-removed', containerId: container.id, timeMs: clock.now() },
    });
  /** What the sensor has been told since this was last asked. */
  const take = () => said.splice(0);
  const alertsSoon = async () => {
    await clock.advance(100);
    return alerts;
  };
  return { clock, flow, store, signal, begin, end, take, alertsSoon };
}

const ready: RawRecord = {
  ...{ type: 'ready', timeMs: 1_000_000, kernel: '6.1', programs: [], skipped: [] },
};
const shareLost: LostRecord = {
  ...{ type: 'lost', timeMs: 1_000_000, count: 9, cgroupId: CGROUP, reason: 'share' },
};

function exec(seq: number): RawRecord {
  return aRawEvent({ type: 'exec', seq, cgroupId: CGROUP, timeMs: 1_000_000 + seq });
}

describe('what an agent tells its sensor', () => {
  it('is what rules need, at first and when they are replaced', (t) => {
    const { flow, take } = started(t, {
      rules: setOf(manifestOf({ id: 'T2', expression: 'true' })),
    });
    assert.deepEqual(take(), ['demand exec', 'reopen all']);
    flow.useRules(setOf(CONNECTS));
    assert.deepEqual(take(), ['demand network,dns', 'reopen all']);
  });

  it('is nothing of a container that is learned; then to begin anew, and to leave out', async (t) => {
    const { clock, flow, begin, take } = started(t);
    begin();
    await clock.advance(5_000);
    take();
    await clock.advance(4_000);
    flow.steerSensor();
    assert.deepEqual(take(), []);
    await clock.advance(3_000);
    assert.deepEqual(take(), [`reopen ${CGROUP}`]);
    flow.steerSensor();
    assert.deepEqual(take(), [`narrow ${CGROUP}`]);
  });

  it('is to leave out another container when one comes', async (t) => {
    const { clock, flow, begin, take } = started(t);
    begin();
    await clock.advance(12_000);
    take();
    const other = aContainer({ id: 'c2', cgroupId: CGROUP + 1, pid: 200 });
    flow.acceptContainerEvent({ type: 'container-added', timeMs: clock.now(), container: other });
    assert.deepEqual(
      take().filter((each) => each.startsWith('narrow')),
      [`narrow ${CGROUP}`],
    );
  });

  it('is to begin anew with a container whose profile is there', async (t) => {
    const { clock, store, signal, begin, take } = started(t);
    begin();
    await clock.advance(100);
    take();
    await store.create('ContainerProfile', learnedProfile({}), { signal });
    await clock.advance(5_000);
    assert.deepEqual(take(), [`reopen ${CGROUP}`]);
  });

  it('is to tell again what we dropped of a container before it was known', async (t) => {
    const { clock, flow, begin, take } = started(t);
    take();
    flow.acceptRecords([ready, exec(1)]);
    await clock.advance(2_000);
    begin();
    // Once for what was dropped, and once because nobody has judged it by a profile yet.
    assert.deepEqual(take(), [`reopen ${CGROUP}`, `reopen ${CGROUP}`]);
  });

  it('is not to tell again what it lost itself', (t) => {
    const { flow, begin, take } = started(t);
    take();
    flow.acceptRecords([ready, shareLost]);
    begin();
    assert.deepEqual(take(), [`reopen ${CGROUP}`]);
    flow.acceptRecords([shareLost]);
    assert.deepEqual(take(), []);
  });
});

describe('events of our own sensor', () => {
  it('are judged with the batch that they come in, and wait for a number that is missing', (t) => {
    const { flow, begin } = started(t);
    begin();
    flow.acceptRecords([ready, exec(1), exec(3)]);
    assert.equal(flow.accounting.snapshot().evaluated, 1);
    flow.acceptRecords([exec(2)]);
    assert.equal(flow.accounting.snapshot().evaluated, 3);
  });

  it('are judged with the names of their other sides', async (t) => {
    const directory = { peerOf: (address: string) => (address === '10.0.0.8' ? PEER : undefined) };
    const { flow, begin, alertsSoon } = started(t, { rules: setOf(CONNECTS), peers: directory });
    begin();
    flow.acceptRecords([ready, aRawEvent({ type: 'network', cgroupId: CGROUP })]);
    const [alert] = await alertsSoon();
    assert.deepEqual(alert?.arguments['peer'], PEER);
  });
});

describe('HW0001, of a container that filled its share', () => {
  const told = async (alertsSoon: ReturnType<typeof started>['alertsSoon']) =>
    (await alertsSoon()).map(({ ruleID, containerID, message }) => [
      ...[ruleID, containerID, /^\d+/.exec(message)?.[0]],
    ]);

  it('is raised while it runs', async (t) => {
    const { flow, begin, alertsSoon } = started(t);
    begin();
    flow.acceptRecords([ready, shareLost]);
    assert.deepEqual(await told(alertsSoon), [['HW0001', 'c1', '9']]);
  });

  it('is raised when the loss is told after its end', async (t) => {
    const { clock, flow, begin, end, alertsSoon } = started(t);
    begin();
    end();
    await clock.advance(9_000);
    flow.acceptRecords([ready, shareLost]);
    assert.deepEqual(await told(alertsSoon), [['HW0001', 'c1', '9']]);
  });

  it('is raised when the loss is told before it is known', async (t) => {
    const { flow, begin, alertsSoon } = started(t);
    flow.acceptRecords([ready, shareLost, shareLost]);
    begin();
    assert.deepEqual(await told(alertsSoon), [['HW0001', 'c1', '18']]);
  });

  it('is not raised where a rule of that id is not enabled', async (t) => {
    const off = setOf(manifestOf({ id: 'HW0001', enabled: false, expression: 'true' }));
    const { flow, begin, alertsSoon } = started(t, { rules: off });
    begin();
    flow.acceptRecords([ready, shareLost]);
    assert.deepEqual(await told(alertsSoon), []);
  });
});

describe('the age of events', () => {
  it("does not grow when the system's clock is set forward", (t) => {
    let stepMs = 0;
    const inner = new VirtualClock(1_000_000);
    const clock = Object.assign(inner, { now: () => inner.monotonic() + stepMs });
    const { flow, begin } = started(t, { clock });
    begin();
    flow.acceptRecords([ready]);
    stepMs = 86_400_000;
    flow.acceptRecords([exec(1)]);
    assert.equal(flow.takeRecordAgeMs(), 0);
  });
});
