import type { AttributedEvent, ProcessNode } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ExecEvent, OpenEvent, RawEvent, RawEventBase } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';

/** A container that runs outside Kubernetes. */
export function aStandaloneContainer(): Container {
  const { pod: _pod, ...rest } = aContainer();
  return { ...rest, namespace: 'containerd-default' };
}

/** What happens in a container: the event, and a process that fits it. */
export function inContainer(event: RawEvent, container = aContainer()): AttributedEvent {
  const process: ProcessNode = {
    ...{ pid: event.pid, ppid: event.ppid, comm: event.comm, uid: event.uid, gid: event.gid },
    ...{ exePath: '', args: [], cwd: '/', upperLayer: false, startTimeMs: event.timeMs },
  };
  return { event, container, process };
}

/** A shell that nginx starts; changes as given. */
export function anExec(changes: Partial<ExecEvent> = {}, container = aContainer()) {
  const event: ExecEvent = {
    ...base('sh', 'nginx'),
    type: 'exec',
    args: ['sh', '-c', 'id'],
    argsTruncated: false,
    file: '/bin/sh',
    exePath: '/bin/dash',
    cwd: '/srv',
    upperLayer: false,
    parentUpperLayer: false,
    ...changes,
  };
  return inContainer(event, container);
}

/** A read of a password file; changes as given. */
export function anOpen(changes: Partial<OpenEvent> = {}, container = aContainer()) {
  const event: OpenEvent = {
    ...base('cat', 'sh'),
    type: 'open',
    path: '/etc/passwd',
    flags: 0x80000,
    result: 3,
    ...changes,
  };
  return inContainer(event, container);
}

/** The end of a process. */
export function anExit() {
  return inContainer({ ...base('sh', 'nginx'), type: 'exit', exitCode: 0, signal: 0 });
}

/** A new process. */
export function aFork() {
  return inContainer({ ...base('sh', 'nginx'), type: 'fork', childPid: 4_711 });
}

function base(comm: string, parentComm: string): Omit<RawEventBase, 'type'> {
  return {
    ...{ seq: 1, timeMs: 1_000, cgroupId: 7, mountNs: 8, pid: 1_234, tid: 1_234, ppid: 100 },
    ...{ uid: 33, gid: 33, comm, parentComm, setup: false },
  };
}
