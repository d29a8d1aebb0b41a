import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ProfileOrigin } from '#model/profile-question.js';
import { alertFromFinding } from './alert-from-finding.ts';
import { StdoutSink } from './sinks/stdout-sink.ts';
import { tamperedProfileFinding } from './tampered-profile.ts';
import { aFinding } from './testing/findings.ts';

const { container } = aFinding().subject;
const origin: ProfileOrigin = {
  role: 'user-application',
  kind: 'ApplicationProfile',
  namespace: 'shop',
  name: 'web-overlay',
  resourceVersion: '7',
};
const timeMs = 1_769_860_800_250;

const node = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };

/** What standard output shows of findings about tampered profiles. */
async function shown(format: 'json' | 'pretty', ...findings: ReturnType<typeof of>[]) {
  const written: string[] = [];
  const sink = new StdoutSink({ format, hasColour: false, write: (text) => written.push(text) });
  await sink.deliver(findings.map((finding) => alertFromFinding(finding, node)));
  return written;
}

function of(changes: Partial<Parameters<typeof tamperedProfileFinding>[0]> = {}) {
  const reason = 'the signature is not that of its content';
  return tamperedProfileFinding({ container, origin, reason, timeMs, ...changes });
}

const MESSAGE =
  'ApplicationProfile shop/web-overlay (version 7) cannot be trusted: the signature is not that of its content';

describe('a tampered profile', () => {
  it('becomes an alert about the container, with no process, file or profile made up', async () => {
    const written = await shown('json', of());
    assert.equal(written.length, 1);
    assert.deepEqual(JSON.parse(written[0] ?? ''), {
      alertName: 'Signed profile tampered',
      alertType: 0,
      alertSourcePlatform: 1,
      ruleID: 'R1016',
      ruleDescription: of().rule.description,
      severity: 10,
      isTriggerAlert: true,
      message: MESSAGE,
      uniqueID: createHash('md5').update('ApplicationProfile|shop/web-overlay@7').digest('hex'),
      timestamp: '2026-01-31T12:00:00.250Z',
      nanoseconds: 250_000_000,
      agentVersion: '9.9',
      arguments: { message: MESSAGE },
      identifiers: {},
      containerID: '0123456789abcdef',
      containerName: 'web',
      image: 'shop/web:1',
      imageDigest: 'sha256:77',
      namespace: 'shop',
      podName: 'web-5d-x',
      podNamespace: 'shop',
      podUID: 'u1',
      podLabels: { app: 'web' },
      workloadName: 'web',
      workloadNamespace: 'shop',
      workloadKind: 'Deployment',
      nodeName: 'n1',
      hostName: 'h1',
      mitreTactic: 'TA0005',
      mitreTechnique: 'T1562',
      idempotencyKey: alertFromFinding(of(), node).idempotencyKey,
      reason: { short: MESSAGE, expressions: [] },
    });
  });

  it('is told to people without a process and a reason it has not', async () => {
    const written = await shown('pretty', of());
    assert.deepEqual(written.join('').split('\n'), [
      '2026-01-31T12:00:00.250Z  ALERT      R1016 Signed profile tampered  severity 10  TA0005 T1562',
      `  what       ${MESSAGE}`,
      '  container  web in pod shop/web-5d-x (Deployment web), image shop/web:1, id 0123456789ab',
      '',
      '',
    ]);
  });

  it('is another finding for each object and version, and the same in other words', () => {
    const ids = [
      ...[of(), of({ reason: 'said in other words' })],
      of({ origin: { ...origin, resourceVersion: '8' } }),
      of({ origin: { ...origin, name: 'other' } }),
    ].map(({ uniqueId }) => uniqueId);
    assert.equal(ids[0], ids[1]);
    assert.equal(new Set(ids).size, 3);
  });

  it('has a unique id also when nobody knows its version', () => {
    const { resourceVersion: _version, ...unversioned } = origin;
    const { message, uniqueId } = of({ origin: unversioned });
    assert.equal(uniqueId, 'ApplicationProfile|shop/web-overlay@');
    assert.match(message, /\(version unknown\)/);
  });
});
