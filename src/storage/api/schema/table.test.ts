import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { RESOURCES, resourceOfKind } from '#model/schema/resources.js';
import type { KubernetesObject } from '../../object-store.ts';
import { type TableOptions, tableColumns, tableOf, tableReadsBody } from './table.ts';

const nowMs = 1_767_225_600_000; // 2026-01-01T00:00:00Z

interface Table {
  readonly columnDefinitions:
    | readonly { readonly name: string; readonly priority: number }[]
    | null;
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: object }[];
  readonly metadata: object;
}

function definition(kind: string): ResourceDefinition {
  const resource = resourceOfKind(kind);
  assert.ok(resource);
  return resource;
}

function table(object: KubernetesObject, options: Partial<TableOptions> = {}): Table {
  const rows = [{ object }];
  const all = { nowMs, includeObject: 'None', ...options } as const;
  return tableOf(definition(object.kind), rows, all) as Table;
}

const profile: KubernetesObject = {
  apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
  kind: 'ContainerProfile',
  metadata: {
    name: 'web',
    namespace: 'shop',
    creationTimestamp: '2025-12-31T23:54:30Z',
    labels: { 'kubescape.io/workload-name': 'front', 'kubescape.io/workload-container-name': 'c' },
    annotations: {
      'kubescape.io/status': 'completed',
      'kubescape.io/completion': 'partial',
      'kubescape.io/resource-size': '42',
      'hullwatch.io/partial-because': '3 events were lost',
    },
  },
};

describe('tableOf', () => {
  it('shows status, completion, size and age of a profile, and why it is partial when wide', () => {
    const { rows, columnDefinitions } = table(profile);
    assert.deepEqual(
      columnDefinitions?.map(({ name, priority }) => [name, priority]),
      [
        ['Name', 0],
        ['Status', 0],
        ['Completion', 0],
        ['Entries', 0],
        ['Workload', 1],
        ['Container', 1],
        ['Managed-By', 1],
        ['Why', 1],
        ['Age', 0],
      ],
    );
    assert.deepEqual(rows, [
      {
        cells: [
          'web',
          'completed',
          'partial',
          '42',
          'front',
          'c',
          null,
          '3 events were lost',
          '5m30s',
        ],
      },
    ]);
  });

  it('gives the metadata or the object beside the cells as asked', () => {
    const { metadata } = profile;
    assert.deepEqual(table(profile, { includeObject: 'Metadata' }).rows[0]?.object, {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
    });
    assert.equal(table(profile, { includeObject: 'Object' }).rows[0]?.object, profile);
    assert.deepEqual(table(profile, { metadata: { resourceVersion: '9' } }).metadata, {
      resourceVersion: '9',
    });
    assert.equal(table(profile, { withColumns: false }).columnDefinitions, null);
  });

  it('shows numbers as numbers and leaves out what has another form', () => {
    const configuration: KubernetesObject = {
      apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
      kind: 'CollapseConfiguration',
      metadata: { name: 'default', namespace: '', creationTimestamp: 'yesterday' },
      spec: { openDynamicThreshold: 50, execDynamicThreshold: 'many' },
    };
    assert.deepEqual(table(configuration).rows[0]?.cells, [
      'default',
      50,
      null,
      null,
      null,
      '<invalid>',
    ]);
  });

  it('says <unknown> for the age of what was never stored, and writes objects as JSON', () => {
    const binding: KubernetesObject = {
      apiVersion: 'kubescape.io/v1',
      kind: 'RuntimeRuleAlertBinding',
      metadata: { name: 'all', namespace: '' },
      spec: { podSelector: { matchLabels: { app: 'web' } }, rules: [{ ruleName: 'Shell' }] },
    };
    assert.deepEqual(table(binding).rows[0]?.cells, [
      'all',
      'Shell',
      null,
      '{"app":"web"}',
      '<unknown>',
    ]);
  });

  it('reads nothing but metadata for profiles', () => {
    const reading = RESOURCES.filter(tableReadsBody).map(({ kind }) => kind);
    assert.deepEqual(reading, ['CollapseConfiguration', 'Rules', 'RuntimeRuleAlertBinding']);
  });

  it('ends with the age for every kind', () => {
    for (const resource of RESOURCES) {
      assert.equal((tableColumns(resource).at(-1) as { name: string }).name, 'Age');
    }
  });
});
