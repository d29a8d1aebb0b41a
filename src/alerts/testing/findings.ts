import type { AttributedEvent, ProcessNode } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { Finding } from '#model/finding.js';
import type { ExecEvent, OpenEvent } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';

const CONTAINER = aContainer({
  id: '0123456789abcdef',
  imageDigest: 'sha256:77',
  pod: { name: 'web-5d-x', namespace: 'shop', uid: 'u1', labels: { app: 'web' } },
});

/** The nginx that is the container's first process; changes as given. */
export function aProcess(changes: Partial<ProcessNode> = {}): ProcessNode {
  return {
    ...{ pid: 100, ppid: 1, comm: 'nginx', exePath: '/usr/sbin/nginx', args: ['nginx', '-g'] },
    ...{ uid: 0, gid: 0, cwd: '/', upperLayer: false, startTimeMs: 0 },
    ...changes,
  };
}

/** A finding about something that happened. */
type EventFinding = Finding & { readonly subject: AttributedEvent };

/** Changes of {@link aFinding} by part. */
export interface FindingChanges {
  readonly finding?: Partial<Omit<Finding, 'subject'>>;
  readonly rule?: Partial<Finding['rule']>;
  readonly container?: Partial<Container>;
  readonly event?: Partial<ExecEvent>;
  readonly process?: Partial<ProcessNode>;
}

/** A shell under nginx that no profile holds; changes as given. */
export function aFinding(changes: FindingChanges = {}): EventFinding {
  const event: ExecEvent = {
    ...{ type: 'exec', seq: 1, timeMs: 1_769_860_800_250.5, cgroupId: 7, mountNs: 8 },
    ...{ pid: 1_234, tid: 1_234, ppid: 100, uid: 33, gid: 33, comm: 'sh', parentComm: 'nginx' },
    ...{ setup: false, args: ['sh', '-c', 'id'], argsTruncated: false, file: '/bin/sh' },
    ...{ exePath: '/bin/dash', cwd: '/srv', upperLayer: true, parentUpperLayer: false },
    ...changes.event,
  };
  const { pid, ppid, comm, uid, gid, args, exePath, cwd, upperLayer } = event;
  const process: ProcessNode = {
    ...{ pid, ppid, comm, uid, gid, args, exePath, cwd, upperLayer },
    startTimeMs: event.timeMs,
    parent: aProcess(),
    ...changes.process,
  };
  return {
    rule: {
      id: 'R0001',
      name: 'Unexpected process launched',
      description: 'A program that was not learned.',
      severity: 4,
      profileDependency: 0,
      isTriggerAlert: true,
      mitreTactic: 'TA0002',
      mitreTechnique: 'T1204',
      tags: ['applicationprofile'],
      ...changes.rule,
    },
    subject: { event, container: { ...CONTAINER, ...changes.container }, process },
    message: '/bin/dash was started by nginx',
    uniqueId: '/bin/dash < nginx',
    profile: {
      name: 'replicaset-web-5d-web',
      status: 'completed',
      completion: 'complete',
      checksum: 'abc',
    },
    reason: { expressions: ['!cp.was_executed(…)'], nearest: 'exec /usr/sbin/nginx -g' },
    ...changes.finding,
  };
}

/** The same for a file that was opened. */
export function anOpenFinding(changes: Partial<OpenEvent> = {}): EventFinding {
  const exec = aFinding();
  const { event, process, container } = exec.subject;
  const open: OpenEvent = {
    ...{ type: 'open', seq: 2, timeMs: event.timeMs, cgroupId: 7, mountNs: 8 },
    ...{ pid: 1_234, tid: 1_234, ppid: 100, uid: 33, gid: 33, comm: 'sh', parentComm: 'nginx' },
    ...{ setup: false, path: '/etc//shadow', flags: 0x80000, result: 3 },
    ...changes,
  };
  return { ...exec, subject: { event: open, process, container } };
}
