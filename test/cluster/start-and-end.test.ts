import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { runProgram } from '../../src/cli/testing/run-program.ts';
import type { AgentProcess } from '../live/harness/agent-process.ts';
import { waitFor } from '../live/harness/wait-for.ts';
import { clusterAgent, kubeconfigFor } from './cluster-agent.ts';
import { CrdCluster } from './crd-cluster.ts';
import { recordingOf } from './long-recording.ts';
import { SilentServer } from './silent-server.ts';

const SOURCES = { clock: systemClock, random: systemRandom, log: silentLogger };
const { signal } = new AbortController();
const APP = { container: { id: 'a'.repeat(64) }, starts: [[0.1, '/bin/app']] } as const;
/** The agents are told to end long before. */
const RECORDING = recordingOf([APP], 100);

describe('an agent whose store', { concurrency: true, timeout: 60_000 }, () => {
  let folder: string;
  const agents: AgentProcess[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-start-'));
  });
  after(async () => {
    for (const agent of agents) await agent.kill9();
    rmSync(folder, { recursive: true });
  });

  function agent(name: string, ...flags: readonly string[]): AgentProcess {
    const started = clusterAgent({ folder: join(folder, name), recording: RECORDING, flags });
    agents.push(started);
    return started;
  }

  /** A port that nobody listens on. */
  async function freePort(): Promise<number> {
    const server = await SilentServer.listen();
    const { port } = new URL(server.url);
    await server.close();
    return Number(port);
  }

  /** Asks it to end as the kubelet does, and says how long that took. */
  async function terminated(running: AgentProcess): Promise<number> {
    const startMs = performance.now();
    process.kill(running.pid, 'SIGTERM');
    assert.equal((await running.ended(20_000)).exitCode, 0);
    return performance.now() - startMs;
  }

  it('is away when it starts learns, and delivers when the store comes', async (t) => {
    const port = await freePort();
    const running = agent('away', '--store', `http://127.0.0.1:${port}`);
    await running.waitForLog(/ECONNREFUSED/, 10_000);
    const store = new MemoryProfileStore(SOURCES);
    const server = await ApiServer.listen({
      ...SOURCES,
      address: `127.0.0.1:${port}`,
      objects: store.objects,
    });
    t.after(() => server.close());
    await running.waitForLog(/"status":"ready","message":"report saved"/, 15_000);
    await running.stop();
    const { items } = await store.list('ContainerProfile', { signal });
    assert.ok(items.some(({ name }) => name.startsWith('replicaset-web-5d-web-')));
  });

  it('is a cluster that is away when it starts learns, and delivers when the API server comes', async (t) => {
    const cluster = new CrdCluster();
    t.after(() => cluster.close());
    await cluster.define();
    const port = await freePort();
    const kubeconfig = kubeconfigFor(`http://127.0.0.1:${port}`, join(folder, 'cluster-away'));
    const running = agent('cluster-away', '--store', 'kubernetes', '--kubeconfig', kubeconfig);
    await running.waitForLog(/ECONNREFUSED/, 10_000);
    await cluster.addressFor('late', `127.0.0.1:${port}`);
    await running.waitForLog(/"message":"report saved"/, 20_000);
    await waitFor(
      'a merged profile',
      () => cluster.written.some(({ isReport }) => !isReport),
      20_000,
    );
    await running.stop();
  });

  it('is a store of ours behind a kubeconfig is found to merge by itself', async (t) => {
    const store = new MemoryProfileStore(SOURCES);
    const options = { ...SOURCES, address: '127.0.0.1:0', objects: store.objects };
    const server = await ApiServer.listen({ ...options, extraResources: [] });
    t.after(() => server.close());
    const kubeconfig = kubeconfigFor(server.url, join(folder, 'ours'));
    const running = agent('ours', '--store', 'kubernetes', '--kubeconfig', kubeconfig);
    await running.waitForLog(/"message":"report saved"/, 10_000);
    await running.stop();
    assert.doesNotMatch(running.log.join('\n'), /lease/);
  });

  it('never answers ends within two call budgets of SIGTERM', async (t) => {
    const silent = await SilentServer.listen();
    t.after(() => silent.close());
    const running = agent('silent', '--store', silent.url, '--store-call-budget', '1s');
    await waitFor('a call', () => silent.waiting > 0, 10_000);
    await running.waitForLog(/"message":"container found"/, 10_000);
    const tookMs = await terminated(running);
    assert.ok(tookMs < 4_000, `it took ${Math.round(tookMs)} ms`);
  });

  it('fell silent while it held the lease ends five seconds later than that', async (t) => {
    const cluster = new CrdCluster();
    await cluster.define();
    const url = await cluster.addressFor('mute');
    const kubeconfig = kubeconfigFor(url, join(folder, 'mute'));
    const running = agent(
      'mute',
      ...['--store', 'kubernetes', '--kubeconfig', kubeconfig, '--store-call-budget', '1s'],
    );
    await running.waitForLog(/lease won/, 10_000);
    await cluster.close();
    const silent = await SilentServer.listen(Number(new URL(url).port));
    t.after(() => silent.close());
    const tookMs = await terminated(running);
    assert.ok(tookMs < 9_500, `it took ${Math.round(tookMs)} ms`);
  });
});

describe('an agent that is told wrong', { timeout: 30_000 }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-wrong-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function refusal(...flags: readonly string[]) {
    const recording = join(folder, 'recording.ndjson');
    writeFileSync(recording, RECORDING);
    const agent = ['run', '--recording', recording, '--http', 'off'];
    const { exitCode, err } = await runProgram(...agent, '--queue', join(folder, 'q.db'), ...flags);
    return { exitCode, said: err };
  }

  const CONTEXT = 'current-context: a\ncontexts: [{name: a, context: {cluster: b}}]';
  const FLAWS = [
    ['no YAML', '{]', ''],
    ['no object', '- a\n- b', ''],
    ['a cluster that is not there', CONTEXT, 'clusters'],
    [
      'a server that is no text',
      `${CONTEXT}\nclusters: [{name: b, cluster: {server: 7}}]`,
      'clusters[0].cluster.server',
    ],
  ] as const;

  for (const flags of [
    ['--store', 'kubernetes'],
    ['--store', ':memory:', '--pods', 'api'],
  ]) {
    it(`by a kubeconfig with ${flags.join(' ')} ends with 2 and names file and field`, async () => {
      const missing = join(folder, 'none');
      const none = await refusal(...flags, '--kubeconfig', missing);
      assert.equal(none.exitCode, 2, none.said);
      assert.ok(none.said.includes(missing), none.said);
      const file = join(folder, 'kubeconfig');
      for (const [what, text, field] of FLAWS) {
        writeFileSync(file, text);
        const { exitCode, said } = await refusal(...flags, '--kubeconfig', file);
        assert.equal(exitCode, 2, `${what}: ${said}`);
        assert.ok(said.includes(file) && said.includes(field), `${what}: ${said}`);
      }
    });
  }

  it('that it is in a cluster ends and says what is missing', async () => {
    const { exitCode, said } = await refusal('--store', 'kubernetes');
    assert.equal(exitCode, 2, said);
    assert.match(said, /without a kubeconfig.*KUBERNETES_SERVICE_HOST/);
  });

  it('an address that is none ends with 2 and names the option', async () => {
    const { exitCode, said } = await refusal('--store', 'http://127.0.0.1:99999');
    assert.equal(exitCode, 2, said);
    assert.match(said, /store http:\/\/127\.0\.0\.1:99999/);
  });

  it('where profiles are says, when they are asked for, at which address nobody answers', async () => {
    const { exitCode, err } = await runProgram('profiles', '--store', 'http://127.0.0.1:1');
    assert.equal(exitCode, 1);
    assert.match(err, /127\.0\.0\.1:1\b/);
  });
});
