import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '#model/alert.js';
import { ocsfOf } from './ocsf.ts';
import { anAlert, anAlertAbout } from './testing/alerts.ts';

type Json = Readonly<Record<string, unknown>>;

/** What schema 1.5.0 requires: of the class, and of each object that stands in it. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  '': [
    'activity_id',
    'category_uid',
    'class_uid',
    'finding_info',
    'metadata',
    'severity_id',
    'time',
    'type_uid',
  ],
  metadata: ['product', 'version'],
  'metadata.product': ['vendor_name'],
  finding_info: ['uid', 'title'],
  'finding_info.analytic': ['type_id'],
  device: ['type_id'],
  'container.image': ['uid'],
};
/** Of an evidence at least one has to be there. */
const EVIDENCE = [
  'actor',
  'connection_info',
  'data',
  'dst_endpoint',
  'file',
  'process',
  'query',
  'src_endpoint',
  'url',
];

function at(object: Json, path: string): Json | undefined {
  const keys = path === '' ? [] : path.split('.');
  return keys.reduce<Json | undefined>((value, key) => value?.[key] as Json | undefined, object);
}

function assertValid(event: Json): void {
  for (const [path, fields] of Object.entries(REQUIRED)) {
    const object = at(event, path);
    if (object === undefined) continue;
    for (const field of fields) {
      const value = object[field];
      assert.ok(value !== undefined && value !== '', `${path} ${field}`);
    }
  }
  const [evidence = {}] = event['evidences'] as readonly Json[];
  assert.ok(
    EVIDENCE.some((field) => evidence[field] !== undefined),
    JSON.stringify(evidence),
  );
  for (const file of everyFile(evidence))
    assert.ok(file['name'] && file['type_id'], JSON.stringify(file));
  for (const resource of (event['resources'] ?? []) as readonly Json[]) {
    assert.ok(resource['name'] || resource['uid']);
  }
  assert.equal(event['type_uid'], Number(event['class_uid']) * 100 + Number(event['activity_id']));
}

function everyFile(value: unknown): readonly Json[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...(key === 'file' ? [part as Json] : []),
    ...everyFile(part),
  ]);
}

describe('ocsfOf', () => {
  it('makes a Detection Finding with all that is required', () => {
    const alert = anAlert();
    const event = ocsfOf(alert);
    assertValid(event);
    assert.partialDeepStrictEqual(event, {
      ...{ category_uid: 2, class_uid: 2004, activity_id: 1, type_uid: 200_401, is_alert: true },
      ...{ severity_id: 2, severity: 'Low', time: 1_769_860_800_250 },
      message: '/bin/dash was started by nginx',
      metadata: { version: '1.5.0', product: { name: 'Hullwatch', version: '9.9' } },
      finding_info: {
        uid: alert.idempotencyKey,
        title: 'Unexpected process launched',
        desc: '/bin/dash was started by nginx',
        analytic: { uid: 'R0001', type_id: 1 },
        attacks: [{ tactic: { uid: 'TA0002' }, technique: { uid: 'T1204' } }],
      },
      container: { uid: '0123456789abcdef', name: 'web', pod_uuid: 'u1' },
      unmapped: { severity: 4, reason: alert.reason, clusterName: 'prod' },
    });
    assert.deepEqual(
      (event['resources'] as readonly Json[]).map(({ type, name }) => `${type} ${name}`),
      ['Container web', 'Pod web-5d-x', 'Deployment web'],
    );
  });

  it('shows the process inside its ancestors, and the file', () => {
    const [evidence] = ocsfOf(anAlert())['evidences'] as readonly Json[];
    assert.partialDeepStrictEqual(evidence, {
      process: {
        ...{ pid: 1_234, name: 'sh', cmd_line: 'sh -c id', working_directory: '/srv' },
        user: { uid: '33' },
        file: { path: '/bin/dash', name: 'dash', parent_folder: '/bin', type_id: 1 },
        parent_process: { pid: 100, name: 'nginx' },
      },
      file: { path: '/bin/dash' },
    });
  });

  for (const [event, shown] of [
    [
      { type: 'network', direction: 'outbound', protocol: 'UDP', address: '203.0.113.7', port: 53 },
      {
        dst_endpoint: { ip: '203.0.113.7', port: 53 },
        connection_info: { direction_id: 0, protocol_name: 'udp', protocol_num: 17 },
      },
    ],
    [
      { type: 'ssh', address: '203.0.113.7', port: 22, sourceAddress: '10.0.0.9', sourcePort: 4 },
      { dst_endpoint: { ip: '203.0.113.7', port: 22 }, src_endpoint: { ip: '10.0.0.9', port: 4 } },
    ],
    [
      {
        type: 'dns',
        name: 'example.com.',
        isAnswer: false,
        addresses: [],
        protocol: 'UDP',
        port: 53,
      },
      { query: { hostname: 'example.com.' } },
    ],
    [
      {
        type: 'http',
        method: 'POST',
        url: '/a?b',
        host: 'shop',
        headers: { 'user-agent': ['curl'] },
      },
      {
        url: { url_string: '/a?b', hostname: 'shop' },
        http_request: { http_method: 'POST', user_agent: 'curl' },
      },
    ],
    [{ type: 'open', path: '/x', flags: 0, result: 3 }, { file: { path: '/x', name: 'x' } }],
  ] as const) {
    it(`shows what a ${event.type} event was about`, () => {
      const finding = ocsfOf(anAlertAbout(event));
      assertValid(finding);
      assert.partialDeepStrictEqual((finding['evidences'] as readonly Json[])[0], shown);
    });
  }

  for (const [severity, id] of [
    [0, 1],
    [1, 2],
    [4, 2],
    [5, 3],
    [8, 4],
    [10, 5],
  ] as const) {
    it(`gives severity ${severity} the id ${id}`, () => {
      assert.equal(ocsfOf(anAlert({ rule: { severity } }))['severity_id'], id);
    });
  }

  it('is valid for what is about no event, no pod and no container', () => {
    const { processTree: _tree, podName: _pod, ...rest } = anAlert({}, { identifiers: {} });
    const bare: Alert = { ...rest, containerID: '', containerName: '', workloadName: '' };
    for (const alert of [{ ...rest } as Alert, bare]) assertValid(ocsfOf(alert));
    assert.equal('container' in ocsfOf(bare), false);
  });

  it('is the same for the same alert, also after it was kept as JSON', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (message, comm) => {
        const alert = anAlert({ finding: { message }, event: { comm } });
        const kept = JSON.parse(JSON.stringify(alert)) as Alert;
        assert.equal(JSON.stringify(ocsfOf(kept)), JSON.stringify(ocsfOf(alert)));
        assertValid(ocsfOf(alert));
      }),
    );
  });
});
