import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withStoreFile } from '#agent/store-file.js';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { runProgram } from '../testing/run-program.ts';

const EVIDENCE = {
  seen: 1200,
  lost: 12,
  dropped: 0,
  truncated: 1,
  coveredMs: 90_000,
  agentRestarts: 0,
};

function learned(
  name: string,
  annotations: Readonly<Record<string, string>>,
  namespace = 'shop',
): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: {
      name,
      namespace,
      labels: { 'kubescape.io/workload-kind': 'Deployment', 'kubescape.io/workload-name': 'web' },
      annotations,
    },
    spec: {},
  };
}

describe('hullwatch profiles', () => {
  let folder: string;
  let store: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-profiles-'));
    store = join(folder, 'profiles.db');
    const { signal } = new AbortController();
    const partial = {
      'kubescape.io/status': 'completed',
      'kubescape.io/completion': 'partial',
      'kubescape.io/resource-size': '7',
      'hullwatch.io/evidence': JSON.stringify(EVIDENCE),
      'hullwatch.io/partial-because': '12 events lost in the kernel',
    };
    const whole = { 'kubescape.io/status': 'completed', 'kubescape.io/completion': 'complete' };
    await withStoreFile(store, async (profiles) => {
      await profiles.create('ContainerProfile', learned('web', partial), { signal });
      await profiles.create('ContainerProfile', learned('api', whole, 'bank'), { signal });
      await profiles.create('ContainerProfile', learned('by-hand', {}), { signal });
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...args: readonly string[]) => runProgram('profiles', ...args, '--store', store);

  it('shows how far each is learned and why it is partial, and nothing that people wrote', async () => {
    const { exitCode, out } = await run();
    assert.equal(exitCode, 0);
    assert.match(out, /^NAMESPACE +NAME +STATUS +COMPLETION +ENTRIES +AGE +WHY\n/);
    assert.match(out, /\nbank +api +completed +complete +- +\d+s +-\n/);
    assert.match(out, /\nshop +web +completed +partial +7 +\d+s +12 events lost in the kernel\n$/);
  });

  it('shows the evidence with -o wide, and dashes where there is none', async () => {
    const { out } = await run('-n', 'shop', '-o', 'wide');
    assert.match(out, / Deployment\/web +- +1200 +12 +0 +1 +0 +90s +12 events lost/);
    assert.doesNotMatch(out, /bank/);
  });

  it('describes one, and says which is not there', async () => {
    const { out } = await run('shop/web');
    assert.match(out, /^Profile: +shop\/web\n/);
    assert.match(out, /\nLost in the kernel: +12\n/);
    const { exitCode, err } = await run('shop/none');
    assert.deepEqual([exitCode, err], [2, 'hullwatch: there is no learned profile shop/none\n']);
  });

  it('gives the same to machines', async () => {
    const { out } = await run('-n', 'shop', '-o', 'json');
    const { items } = JSON.parse(out) as { readonly items: readonly Record<string, unknown>[] };
    assert.equal(items.length, 1);
    assert.deepEqual(items[0]?.['evidence'], EVIDENCE);
    assert.equal(items[0]?.['because'], '12 events lost in the kernel');
  });

  it('says that reports wait while nothing is merged yet', async () => {
    const young = join(folder, 'young.db');
    const report = learned('web-0a', {
      'kubescape.io/status': 'ready',
      'kubescape.io/report-series-id': 's1',
      'kubescape.io/report-timestamp': '2026-01-01T00:00:10Z',
      'kubescape.io/previous-report-timestamp': '0001-01-01T00:00:00Z',
    });
    const shown = () => runProgram('profiles', '--store', young);
    await withStoreFile(young, async () => {});
    assert.equal((await shown()).err, 'no learned profiles\n');
    const { signal } = new AbortController();
    await withStoreFile(young, (store) => store.create('ContainerProfile', report, { signal }));
    assert.equal((await shown()).err, 'no learned profiles yet: 1 report waits to be merged\n');
  });
});
