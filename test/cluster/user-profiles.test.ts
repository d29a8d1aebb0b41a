import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aContainer } from '#model/testing/sample-container.js';
import { runProgram } from '../../src/cli/testing/run-program.ts';
import type { AgentProcess } from '../live/harness/agent-process.ts';
import { liveRequirements } from '../live/harness/requirements.ts';
import { waitFor } from '../live/harness/wait-for.ts';
import { clusterAgent } from './cluster-agent.ts';
import { kubectl } from './kubectl.ts';
import { recordingOf, type Start } from './long-recording.ts';

/** Its profile is learned in its first second. */
const LEARNED = 'a'.repeat(64);
/** Its pod names a profile that a person writes. */
const NAMED = 'b'.repeat(64);
const SEEN_WITHIN_MS = 2_000;
/** The agent is told to end long before. */
const SECONDS = 60;

/** From the third second on, each tenth: a program nobody learned, and another one. */
const oddStarts: readonly Start[] = Array.from({ length: (SECONDS - 3) * 10 }, (_, i) => i).flatMap(
  (i): readonly Start[] => [
    [3 + i / 10, '/bin/odd', [`${i}`]],
    [3.05 + i / 10, '/bin/marker', [`${i}`]],
  ],
);

const RECORDING = recordingOf(
  [
    { container: { id: LEARNED }, starts: [[0.2, '/bin/app'], ...oddStarts] },
    {
      container: {
        id: NAMED,
        instanceId: { ...aContainer().instanceId, name: 'api-5d' },
        pod: {
          name: 'api-1',
          namespace: 'shop',
          uid: 'u2',
          labels: { 'kubescape.io/user-defined-profile': 'mine' },
        },
      },
      starts: oddStarts,
    },
    {
      container: {
        id: 'c'.repeat(64),
        pod: { name: 'job-1', namespace: 'shop', uid: 'u3', labels: {} },
        instanceId: { ...aContainer().instanceId, name: 'job-5d' },
      },
      starts: [[0.2, '/bin/app']],
      end: { atS: 0.6, exitCode: 3 },
    },
  ],
  SECONDS,
);

const API_VERSION = 'spdx.softwarecomposition.kubescape.io/v1beta1';
const OVERLAY = {
  apiVersion: API_VERSION,
  kind: 'ApplicationProfile',
  metadata: {
    name: 'ug-replicaset-web-5d',
    namespace: 'shop',
    annotations: { 'kubescape.io/managed-by': 'User' },
  },
  spec: { containers: [{ name: 'web', execs: [{ path: '/bin/odd' }] }] },
};
const BY_HAND = {
  apiVersion: API_VERSION,
  kind: 'ContainerProfile',
  metadata: { name: 'mine-web', namespace: 'shop' },
  spec: { execs: [{ path: '/bin/odd' }] },
};

interface View {
  readonly state: string;
  readonly isEnforced: boolean;
  readonly sources: readonly { readonly role: string; readonly presence: string }[];
}

describe('profiles that people bring with kubectl', {
  skip: liveRequirements(['kubectl']),
  timeout: 60_000,
}, () => {
  let folder: string;
  let agent: AgentProcess;
  let store: string;
  let http: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-user-'));
    agent = clusterAgent({
      folder,
      recording: RECORDING,
      flags: [
        ...['--store', join(folder, 'profiles.db'), '--store-listen', '127.0.0.1:0'],
        ...['--http', '127.0.0.1:0', '--learning-period', '1s', '--cooldown', '0'],
      ],
    });
    const urlIn = (line: string) => String(JSON.parse(line).url);
    store = urlIn(await agent.waitForLog(/"serving the profile store"/, 10_000));
    http = urlIn(await agent.waitForLog(/"serving HTTP"/, 10_000)).replace(/\/$/, '');
    await agent.waitForLog(/"isEnforced":true,"message":"profile changed"/, 15_000);
  });
  after(async () => {
    assert.equal((await agent.stop()).exitCode, 0);
    rmSync(folder, { recursive: true });
  });

  async function seen(id: string): Promise<View> {
    return (await (await fetch(`${http}/api/v1/containers/${id}`)).json()) as View;
  }

  function fileOf(object: { readonly metadata: { readonly name: string } }): string {
    const file = join(folder, `${object.metadata.name}.json`);
    writeFileSync(file, JSON.stringify(object));
    return file;
  }

  /** What the cache says in time, and when it said so, on the clock of alerts. */
  async function shows(id: string, what: string, isIt: (view: View) => boolean): Promise<number> {
    const startMs = performance.now();
    await waitFor(what, async () => isIt(await seen(id)), SEEN_WITHIN_MS);
    console.log(`${what}: ${Math.round(performance.now() - startMs)} ms after kubectl had ended`);
    return performance.timeOrigin + performance.now();
  }

  const alertsOf = (id: string, exec: string, afterMs: number) =>
    agent.alerts.filter(({ alert }) => {
      const { exec: path } = Object(alert['arguments']) as { readonly exec?: string };
      const isThis = alert['containerID'] === id && alert['ruleID'] === 'R0001' && path === exec;
      return isThis && Date.parse(String(alert['timestamp'])) > afterMs;
    });

  const alerting = (id: string, exec: string, afterMs: number) =>
    waitFor(`alerts for ${exec}`, () => alertsOf(id, exec, afterMs).length >= 4, 5_000);

  it('an overlay allows what was not learned, until it is deleted', async () => {
    await alerting(LEARNED, '/bin/odd', 0);
    const file = fileOf(OVERLAY);
    await kubectl(store, 'apply', '-f', file);
    const hasOverlay = ({ sources }: View) =>
      sources.some(
        ({ role, presence }) => role === 'managed-application' && presence === 'present',
      );
    const fromMs = await shows(LEARNED, 'the overlay is there', hasOverlay);
    await alerting(LEARNED, '/bin/marker', fromMs);
    assert.deepEqual(alertsOf(LEARNED, '/bin/odd', fromMs), []);
    await kubectl(store, 'delete', '-f', file);
    const goneMs = await shows(LEARNED, 'the overlay is gone', (view) => !hasOverlay(view));
    await alerting(LEARNED, '/bin/odd', goneMs);
  });

  it('a profile that a pod names judges its containers, until it is deleted', async () => {
    assert.equal((await seen(NAMED)).isEnforced, false);
    assert.deepEqual(alertsOf(NAMED, '/bin/odd', 0), []);
    const file = fileOf(BY_HAND);
    await kubectl(store, 'apply', '-f', file);
    const fromMs = await shows(NAMED, 'the profile judges', ({ isEnforced }) => isEnforced);
    await alerting(NAMED, '/bin/marker', fromMs);
    assert.deepEqual(alertsOf(NAMED, '/bin/odd', 0), []);
    await kubectl(store, 'delete', '-f', file);
    const goneMs = await shows(NAMED, 'the profile is gone', ({ state }) => state === 'pending');
    await alerting(LEARNED, '/bin/marker', goneMs + 200);
    assert.deepEqual(alertsOf(NAMED, '/bin/marker', goneMs), []);
  });

  it('stay apart from what was learned, which is shown with the reason where it is partial', async () => {
    const lines = await waitFor(
      'both learned profiles',
      async () => {
        const { exitCode, out } = await runProgram('profiles', '--store', store);
        assert.equal(exitCode, 0);
        return out.split('\n').length === 4 && out.trimEnd().split('\n');
      },
      5_000,
    );
    const [title, job, web] = lines as readonly string[];
    assert.match(title ?? '', /^NAMESPACE +NAME +STATUS +COMPLETION +ENTRIES +AGE +WHY$/);
    assert.match(job ?? '', /^shop +replicaset-job-5d-web-\S+ +completed +partial +1 +\d+s +\S+/);
    assert.match(web ?? '', /^shop +replicaset-web-5d-web-\S+ +completed +complete +1 +\d+s +-$/);
    console.log(job);
  });
});
