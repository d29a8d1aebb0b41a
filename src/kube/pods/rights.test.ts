import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OPTIONS } from '#agent/options.js';
import { isRecord } from '#profile/is-record.js';
import { readManifests } from '../manifests.ts';
import { ownerKindOf } from './owner-kinds.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const OWNERS = [
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['batch/v1', 'CronJob'],
  ['batch/v1', 'Job'],
  ['v1', 'ReplicationController'],
] as const;
const FOLLOWED = ['pods', 'services'] as const;

async function manifest(file: string, name: string): Promise<unknown> {
  const { manifests, errors } = await readManifests([join(DEPLOY, file)]);
  assert.deepEqual(errors, []);
  const found = manifests.find(({ object }) => nameOf(object) === name);
  assert.ok(found, `${file} has no ${name}`);
  return found.object;
}

function nameOf({ metadata }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(metadata) ? metadata['name'] : undefined;
}

function rulesOf(role: unknown): readonly Readonly<Record<string, readonly string[]>>[] {
  assert.ok(isRecord(role) && Array.isArray(role['rules']));
  return role['rules'];
}

describe('the manifests for a cluster', () => {
  it('allow reading every owner that is asked for, and no other verb', async () => {
    const rules = rulesOf(await manifest('rbac.yaml', 'hullwatch-pods'));
    for (const [apiVersion, kind] of OWNERS) {
      const path = ownerKindOf({ apiVersion, kind, name: 'x', uid: 'x' })?.path('shop') ?? '';
      const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
      const plural = path.slice(path.lastIndexOf('/') + 1);
      const rule = rules.find(
        (each) => each['apiGroups']?.includes(group) && each['resources']?.includes(plural),
      );
      assert.deepEqual(rule?.['verbs'], ['get'], plural);
    }
    const allowed = rules.flatMap(({ resources = [] }) => resources).length;
    assert.equal(allowed, OWNERS.length + FOLLOWED.length);
  });

  it('allow following pods and services', async () => {
    const rules = rulesOf(await manifest('rbac.yaml', 'hullwatch-pods'));
    for (const resource of FOLLOWED) {
      const rule = rules.find(({ resources }) => resources?.includes(resource));
      assert.deepEqual(rule?.['verbs'], ['get', 'list', 'watch'], resource);
    }
  });

  it('are told of in the page about clusters, right by right', async () => {
    const page = await readFile(join(DEPLOY, '../docs/kubernetes.md'), 'utf8');
    for (const role of [
      'hullwatch-pods',
      'hullwatch-profiles',
      'hullwatch-rules',
      'hullwatch-lease',
    ]) {
      for (const { verbs = [], resources = [] } of rulesOf(await manifest('rbac.yaml', role))) {
        const row = page
          .split('\n')
          .find((line) => line.startsWith('|') && resources.every((each) => line.includes(each)));
        assert.ok(row, `no row tells of ${resources}`);
        for (const verb of verbs) assert.ok(row.includes(verb), `${verb} ${resources}`);
      }
    }
  });

  it('come with definitions that clash with nobody, as the page applies them', async () => {
    const page = await readFile(join(DEPLOY, '../docs/kubernetes.md'), 'utf8');
    const files = [...page.matchAll(/-f deploy\/(\S+)/g)].map(([, file = '']) => file);
    assert.equal(files.length, 4);
    const { manifests, errors } = await readManifests(files.map((file) => join(DEPLOY, file)));
    assert.deepEqual(errors, []);
    for (const { object } of manifests) {
      assert.equal(Object(object['spec']).group, 'spdx.softwarecomposition.kubescape.io');
    }
  });

  it('set options that there are', async () => {
    const text = JSON.stringify(await manifest('daemonset.yaml', 'hullwatch'));
    const names = [...text.matchAll(/"HULLWATCH_([A-Z_]+)"/g)].map(([, name = '']) =>
      name.toLowerCase().replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase()),
    );
    assert.deepEqual(names, ['nodeName', 'clusterName', 'store', 'pods']);
    for (const name of names) assert.ok(Object.hasOwn(OPTIONS, name), name);
  });
});
