import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type PodOwner, podOwner } from './pod-owner.ts';
import { ownerFromPodLabels } from './pod-owner-labels.ts';
import { SAFE_ALPHABET } from './pod-spec-hash.ts';

const self = (name: string): PodOwner => ({ apiVersion: 'v1', kind: 'Pod', name });
const ref = (apiVersion: string, kind: string, name: string): PodOwner => ({
  apiVersion,
  kind,
  name,
});

/** The pod name that Kubernetes generates: what is too long is cut to 58 characters first. */
const generated = (base: string, random = '42mxd') => `${`${base}-`.slice(0, 58)}${random}`;

interface Case {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: PodOwner;
}

function assertSameOwner({ name, labels, owner }: Case): void {
  assert.deepEqual(
    ownerFromPodLabels({ name, labels }),
    podOwner(self(name), owner, { labels, spec: {} }),
  );
}

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/);
const hash = fc.stringMatching(new RegExp(`^[${SAFE_ALPHABET}]{8,10}$`));

describe('owner by labels', () => {
  it('is the one by reference for pods of a ReplicaSet', () => {
    fc.assert(
      fc.property(name, hash, (deployment, templateHash) => {
        const owner = ref('apps/v1', 'ReplicaSet', `${deployment}-${templateHash}`);
        const labels = { app: 'a', 'pod-template-hash': templateHash };
        assertSameOwner({ name: generated(owner.name), labels, owner });
      }),
    );
  });

  it('is the one by reference even when the cut went through the template hash', () => {
    for (const length of [45, 46, 47, 48, 50, 52, 54, 56]) {
      const owner = ref('apps/v1', 'ReplicaSet', `${'d'.repeat(length)}-84f5585d68`);
      const labels = { 'pod-template-hash': '84f5585d68' };
      assertSameOwner({ name: generated(owner.name), labels, owner });
    }
  });

  it('keeps the revisions of a very long Deployment apart', () => {
    const of = (templateHash: string) =>
      ownerFromPodLabels({
        name: generated(`${'d'.repeat(70)}-${templateHash}`),
        labels: { 'pod-template-hash': templateHash },
      });
    assert.equal(of('84f5585d68').kind, 'ReplicaSet');
    assert.notEqual(of('84f5585d68').name, of('94f5585d68').name);
  });

  it('is the one by reference for pods of a DaemonSet', () => {
    fc.assert(
      fc.property(name, hash, (daemonSet, revision) => {
        const owner = ref('apps/v1', 'DaemonSet', daemonSet);
        const labels = { 'controller-revision-hash': revision };
        assertSameOwner({ name: generated(daemonSet), labels, owner });
      }),
    );
  });

  it('is the one by reference for pods of a StatefulSet, with the label of its name or without', () => {
    fc.assert(
      fc.property(name, hash, fc.nat(99), (set, revision, ordinal) => {
        const pod = `${set}-${ordinal}`;
        const owner = ref('apps/v1', 'StatefulSet', set);
        const labels = { 'controller-revision-hash': `${set}-${revision}` };
        const named = { ...labels, 'statefulset.kubernetes.io/pod-name': pod };
        assertSameOwner({ name: pod, labels, owner });
        assertSameOwner({ name: pod, labels: named, owner });
      }),
    );
  });

  it('is the one by reference for pods of a Job, indexed or not', () => {
    const owner = ref('batch/v1', 'Job', 'nginx-job');
    for (const pod of ['nginx-job-88b9z', 'nginx-job-3-88b9z']) {
      assertSameOwner({ name: pod, labels: { 'job-name': 'nginx-job' }, owner });
      const labels = { 'batch.kubernetes.io/job-name': 'nginx-job' };
      assertSameOwner({ name: pod, labels, owner });
    }
  });

  it('is the pod itself when no controller made it', () => {
    assertSameOwner({ name: 'web', labels: { app: 'web' } });
  });

  it('is the pod itself when somebody copied the labels of another', () => {
    for (const [pod, labels] of [
      ['debug', { 'pod-template-hash': '84f5585d68' }],
      ['nginx-84f5585d68', { 'pod-template-hash': '84f5585d68' }],
      ['debug', { 'job-name': 'nginx-job' }],
      ['debug', { 'controller-revision-hash': 'f9dd7596f' }],
      ['', { 'controller-revision-hash': 'f9dd7596f' }],
    ] as const) {
      assert.equal(ownerFromPodLabels({ name: pod, labels }).kind, 'Pod', pod);
    }
  });

  it('gives all runs of a CronJob one name, and another when its labels change', () => {
    const run = (minutes: number, labels: Record<string, string>) =>
      ownerFromPodLabels({
        name: `hello-${minutes}-x7k2m`,
        labels: { ...labels, 'job-name': `hello-${minutes}`, 'controller-uid': String(minutes) },
      });
    const first = run(28686821, { app: 'hello' });
    assert.equal(first.name, 'hello-28686821');
    assert.match(first.alternateName ?? '', /^hello-[a-z0-9]+$/);
    assert.equal(run(28686822, { app: 'hello' }).alternateName, first.alternateName);
    assert.notEqual(run(28686821, { app: 'other' }).alternateName, first.alternateName);
  });
});
