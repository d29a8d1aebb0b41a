import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ServedStore, type StoredObject } from '../kills/served-store.ts';
import { quietRecording, workRecording } from '../kills/work-recording.ts';
import type { AgentProcess } from '../live/harness/agent-process.ts';
import { waitFor } from '../live/harness/wait-for.ts';
import { clusterAgent, kubeconfigFor } from './cluster-agent.ts';
import { CrdCluster } from './crd-cluster.ts';
import { finalStates, isReport, lastingProfiles, statesOf } from './lasting-profiles.ts';
import { lengthened } from './long-recording.ts';

/** What the other needs at most: a lease of 15 s, and six until it looks again. */
const TAKE_OVER_MS = 21_000;
const NODES = ['north', 'south'];
/** The agents are told to end long before. */
const SECONDS = 100;

/** The same recordings on a store that merges by itself. */
async function onServedStore(folder: string): Promise<readonly StoredObject[]> {
  const store = new ServedStore(join(folder, 'store'));
  await store.start();
  const agents = NODES.map((node) =>
    clusterAgent({
      folder: join(folder, `served-${node}`),
      recording: workRecording(node),
      flags: ['--store', store.url, '--node-name', node],
    }),
  );
  try {
    for (const agent of agents) assert.equal((await agent.ended(60_000)).exitCode, 0);
    return await waitFor(
      'the store to merge all reports',
      async () => {
        const objects = await store.all('containerprofiles');
        return objects.some(isReport) ? undefined : objects;
      },
      10_000,
    );
  } finally {
    for (const agent of agents) await agent.kill9();
    await store.stop();
  }
}

describe('two agents, an API server that only stores, and one lease', { timeout: 90_000 }, () => {
  let folder: string;
  let served: readonly StoredObject[];
  let takeOverMs: number;
  let heldAfterStop: string;
  const holders: string[] = [];
  const cluster = new CrdCluster();
  const agents: AgentProcess[] = [];

  /** The agent of a node in one of its lives. */
  async function agent(life: string, node: string, mode: 'lease' | 'auto') {
    const recording = NODES.includes(node) ? workRecording(node) : quietRecording();
    const kubeconfig = kubeconfigFor(await cluster.addressFor(life), join(folder, life));
    const started = clusterAgent({
      folder: join(folder, node),
      recording: lengthened(recording, SECONDS),
      flags: [
        ...['--store', 'kubernetes', '--kubeconfig', kubeconfig],
        ...['--consolidation', mode, '--node-name', life],
      ],
    });
    agents.push(started);
    return started;
  }

  const heldBy = (what: string, isIt: (holder: string) => boolean, timeoutMs: number) =>
    waitFor(
      what,
      async () => {
        const holder = await cluster.holder();
        return holder !== '' && isIt(holder) ? holder : '';
      },
      timeoutMs,
    );

  async function story() {
    const first = await agent('north', 'north', 'lease');
    const killed = await heldBy('the first agent to win', () => true, 10_000);
    // It is not told who merges, and finds the definition.
    const south = await agent('south', 'south', 'auto');
    await waitFor(
      'the first merge for both',
      () => {
        const merged = cluster.written.filter((each) => !each.isReport).map(({ name }) => name);
        return NODES.every((node) => merged.some((name) => name.includes(`-${node}-`)));
      },
      15_000,
    );
    await first.kill9();
    const killedMs = performance.now();
    const again = await agent('north2', 'north', 'auto');
    const next = await heldBy(
      'another to win',
      (holder) => holder !== killed,
      TAKE_OVER_MS + 5_000,
    );
    takeOverMs = performance.now() - killedMs;
    holders.push(killed, next);
    await waitFor(
      'all profiles to be merged',
      async () => {
        assert.deepEqual(statesOf(await cluster.all()), finalStates(NODES));
        return true;
      },
      20_000,
    );
    for (const each of [south, again]) assert.equal((await each.stop()).exitCode, 0);
    heldAfterStop = await cluster.holder();
    const last = await agent('east', 'east', 'lease');
    await heldBy('a lease that was given back', (holder) => holder.startsWith('east-'), 10_000);
    await waitFor(
      'the last reports to be merged',
      async () => {
        return !(await cluster.all()).some(isReport);
      },
      10_000,
    );
    assert.equal((await last.stop()).exitCode, 0);
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-crd-'));
    await cluster.define();
    [served] = await Promise.all([onServedStore(folder), story()]);
  });
  after(async () => {
    for (const each of agents) await each.kill9();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  it('end with the profiles that a store of ours makes of the same recordings', () => {
    const [plain, merging] = [cluster.all(), served].map(async (objects) =>
      lastingProfiles(await objects),
    );
    return Promise.all([plain, merging]).then(([left, right]) => {
      assert.deepEqual(Object.keys(left ?? {}).sort(), Object.keys(right ?? {}).sort());
      assert.deepEqual(left, right);
    });
  });

  it('never merge at a time: whoever writes a profile or takes a report away holds the lease', () => {
    const merging = cluster.written.filter(({ isReport, verb }) => !isReport || verb === 'delete');
    assert.ok(merging.length > 20, `${merging.length} writes`);
    const others = merging.filter(({ writer, holder }) => !holder.startsWith(`${writer}-`));
    assert.deepEqual(others, []);
  });

  it('lose no report, and merge every one', () => {
    const reports = cluster.written.filter(({ isReport }) => isReport);
    const of = (verb: string) =>
      reports
        .filter((each) => each.verb === verb)
        .map(({ name }) => name)
        .sort();
    assert.ok(of('create').length > 20);
    assert.deepEqual(of('delete'), of('create'));
  });

  it('take the lease over when its holder is killed, and give it back when they end', () => {
    assert.ok(takeOverMs < TAKE_OVER_MS, `it took ${Math.round(takeOverMs)} ms`);
    assert.notEqual(holders[0], holders[1]);
    assert.equal(heldAfterStop, '');
    console.log(
      `the lease was taken over ${Math.round(takeOverMs)} ms after its holder was killed`,
    );
  });
});
