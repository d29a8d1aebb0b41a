import type { AttributedEvent, ProcessNode } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ExecEvent, OpenEvent, RawEvent } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';

/** What events have that is of no account. */
export const BASE = {
  seq: 1,
  timeMs: 1_000,
  cgroupId: 42,
  mountNs: 4_026_532_000,
  pid: 100,
  tid: 100,
  ppid: 1,
  uid: 0,
  gid: 0,
  comm: 'web',
  parentComm: 'init',
  setup: false,
} as const;

/** An open of `/etc/hosts` by process 100. */
export function anOpen(fields: Partial<OpenEvent> = {}): AttributedEvent<OpenEvent> {
  return attributed({ ...BASE, type: 'open', path: '/etc/hosts', flags: 0, result: 3, ...fields });
}

/** An exec of `/bin/sh` by process 100. */
export function anExec(fields: Partial<ExecEvent> = {}): AttributedEvent<ExecEvent> {
  return attributed({
    ...BASE,
    type: 'exec',
    args: ['sh'],
    argsTruncated: false,
    file: '/bin/sh',
    exePath: '/bin/sh',
    cwd: '/',
    upperLayer: false,
    parentUpperLayer: false,
    ...fields,
  });
}

/** An event of a container, by a process of which nothing more is known. */
export function attributed<E extends RawEvent>(
  event: E,
  container: Container = aContainer(),
): AttributedEvent<E> {
  const process: ProcessNode = {
    pid: event.pid,
    ppid: event.ppid,
    comm: event.comm,
    exePath: '',
    args: [],
    uid: event.uid,
    gid: event.gid,
    cwd: '/',
    upperLayer: false,
    startTimeMs: event.timeMs,
  };
  return { event, container, process };
}
