import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_EVIDENCE } from './evidence.ts';
import { type ReportFacts, reportOf } from './report.ts';
import { aContainer } from './testing/observed.ts';

const EVIDENCE = { ...NO_EVIDENCE, seen: 7, coveredMs: 120_000 };

const FACTS: ReportFacts = {
  hex32: '0123456789abcdef0123456789abcdef',
  seriesId: '11111111-2222-4333-8444-555555555555',
  previousReportMs: undefined,
  reportMs: 1_750_000_000_250,
  standing: { status: 'ready', evidence: EVIDENCE, partialBecause: undefined },
  learningPeriodMs: 24 * 3_600_000,
  clusterName: 'kind-kind',
  architecture: 'amd64',
  observed: { execs: [{ path: '/bin/ls', args: ['ls'] }], opens: [{ path: '/a', flags: [] }] },
};

const { instanceId } = aContainer();

describe('reportOf', () => {
  it('says all that a store needs to find the profile and the place in the series', () => {
    const { metadata, ...rest } = reportOf(aContainer(), FACTS);
    assert.match(
      metadata.name,
      /^replicaset-web-5d7f9-nginx-[0-9a-f]{4}-[0-9a-f]{4}-0123456789abcdef0123456789abcdef$/,
    );
    assert.equal(metadata.namespace, 'shop');
    assert.deepEqual(metadata.annotations, {
      'kubescape.io/instance-id':
        'apiVersion-apps/v1/namespace-shop/kind-ReplicaSet/name-web-5d7f9/containerName-nginx',
      'kubescape.io/wlid': 'wlid://cluster-kind-kind/namespace-shop/deployment-web',
      'kubescape.io/completion': 'complete',
      'kubescape.io/status': 'ready',
      'kubescape.io/workload-container-type': 'containers',
      'kubescape.io/report-series-id': '11111111-2222-4333-8444-555555555555',
      'kubescape.io/previous-report-timestamp': '0001-01-01T00:00:00Z',
      'kubescape.io/report-timestamp': '2025-06-15T15:06:40.250Z',
      'hullwatch.io/evidence':
        '{"seen":7,"lost":0,"dropped":0,"truncated":0,"coveredMs":120000,"agentRestarts":0}',
    });
    assert.deepEqual(metadata.labels, {
      'kubescape.io/workload-api-group': 'apps',
      'kubescape.io/workload-api-version': 'v1',
      'kubescape.io/workload-namespace': 'shop',
      'kubescape.io/workload-kind': 'Deployment',
      'kubescape.io/workload-name': 'web',
      'kubescape.io/workload-container-name': 'nginx',
      'kubescape.io/instance-template-hash': '5d7f9',
      'kubescape.io/cluster': 'kind-kind',
      'kubescape.io/learning-period': '24h',
    });
    assert.deepEqual(rest.spec, {
      architectures: ['amd64'],
      execs: FACTS.observed.execs,
      opens: FACTS.observed.opens,
      imageTag: 'docker.io/library/nginx:1.25.5',
      imageID: 'docker.io/library/nginx@sha256:abc',
    });
  });

  it('takes the workload at the top, its version and its selector from the API server when it is known', () => {
    const workload = {
      kind: 'Rollout',
      name: 'shop-web',
      resourceVersion: '4711',
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'Exists' }],
    };
    const { metadata, spec } = reportOf(aContainer({ workload }), FACTS);
    assert.equal(metadata.labels?.['kubescape.io/workload-kind'], 'Rollout');
    assert.equal(metadata.labels?.['kubescape.io/workload-name'], 'shop-web');
    assert.equal(metadata.labels?.['kubescape.io/workload-resource-version'], '4711');
    assert.match(metadata.annotations?.['kubescape.io/wlid'] ?? '', /\/rollout-shop-web$/);
    assert.deepEqual(spec.matchLabels, workload.matchLabels);
    assert.deepEqual(spec.matchExpressions, workload.matchExpressions);
    const { metadata: bare } = reportOf(
      aContainer({ workload: { kind: 'Pod', name: 'x' } }),
      FACTS,
    );
    assert.equal(bare.labels?.['kubescape.io/workload-resource-version'], undefined);
  });

  it('is partial when there is a reason, and says which', () => {
    const standing = { ...FACTS.standing, partialBecause: 'the agent was restarted' };
    const { annotations } = reportOf(aContainer(), { ...FACTS, standing }).metadata;
    assert.equal(annotations?.['kubescape.io/completion'], 'partial');
    assert.equal(annotations?.['hullwatch.io/partial-because'], 'the agent was restarted');
  });

  it('holds every surface that was observed', () => {
    const observed = { ...FACTS.observed, capabilities: ['CHOWN'], syscalls: ['read'] };
    const { spec } = reportOf(aContainer(), { ...FACTS, observed, architecture: '' });
    assert.deepEqual([spec.capabilities, spec.syscalls], [['CHOWN'], ['read']]);
    assert.equal('architectures' in spec, false);
  });

  it('names the time of the report before it', () => {
    const report = reportOf(aContainer(), { ...FACTS, previousReportMs: 1_750_000_000_000 });
    assert.equal(
      report.metadata.annotations?.['kubescape.io/previous-report-timestamp'],
      '2025-06-15T15:06:40.000Z',
    );
  });

  it('leaves out labels that are empty or that an API server would refuse', () => {
    const { templateHash: _, ...plain } = instanceId;
    const long = { ...plain, apiVersion: 'v1', kind: 'Pod', name: 'n'.repeat(64) };
    const { labels } = reportOf(aContainer({ instanceId: long }), FACTS).metadata;
    const left = Object.keys(labels ?? {}).map((key) => key.replace('kubescape.io/', ''));
    assert.deepEqual(left, [
      'workload-api-version',
      'workload-namespace',
      'workload-kind',
      'workload-container-name',
      'cluster',
      'learning-period',
    ]);
  });

  it('finds the workload at the top by the names that controllers give', () => {
    const cases = [
      ['ReplicaSet', 'web-5d7f9', 'Deployment', 'deployment-web'],
      ['ReplicaSet', 'web-other', 'Deployment', 'replicaset-web-other'],
      ['Job', 'hello-28686821', 'CronJob', 'cronjob-hello'],
      ['Job', 'hello', 'CronJob', 'job-hello'],
      ['StatefulSet', 'db', 'StatefulSet', 'statefulset-db'],
    ] as const;
    for (const [kind, name, workloadKind, expected] of cases) {
      const container = aContainer({ workloadKind, instanceId: { ...instanceId, kind, name } });
      const wlid = reportOf(container, FACTS).metadata.annotations?.['kubescape.io/wlid'];
      assert.equal(wlid, `wlid://cluster-kind-kind/namespace-shop/${expected}`);
    }
  });

  it('makes an image id of any kind of reference, and none without a digest', () => {
    const cases = [
      ['nginx', 'sha256:abc', 'nginx@sha256:abc'],
      ['localhost:5000/nginx', 'sha256:abc', 'localhost:5000/nginx@sha256:abc'],
      ['localhost:5000/nginx:1', 'sha256:abc', 'localhost:5000/nginx@sha256:abc'],
      ['nginx:1@sha256:old', 'sha256:abc', 'nginx@sha256:abc'],
      ['nginx:1', '', ''],
    ] as const;
    for (const [image, imageDigest, expected] of cases) {
      assert.equal(reportOf(aContainer({ image, imageDigest }), FACTS).spec.imageID, expected);
    }
  });

  it('refuses an identity that makes no name', () => {
    const bad = aContainer({ instanceId: { ...instanceId, name: 'a/b' } });
    assert.throws(() => reportOf(bad, FACTS), { code: 'invalid' });
  });
});
