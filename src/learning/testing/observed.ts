import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ExecEvent, ExitEvent, OpenEvent, RawEventBase } from '#model/raw-event.js';
import { aContainer as sampleContainer } from '#model/testing/sample-container.js';

/** A container of a Deployment, seen from its start. */
export function aContainer(changes: Partial<Container> = {}): Container {
  return sampleContainer({
    name: 'nginx',
    image: 'docker.io/library/nginx:1.25.5',
    imageDigest: 'sha256:abc',
    instanceId: {
      apiVersion: 'apps/v1',
      namespace: 'shop',
      kind: 'ReplicaSet',
      name: 'web-5d7f9',
      containerType: 'containers',
      containerName: 'nginx',
      templateHash: '5d7f9',
    },
    profileName: 'replicaset-web-5d7f9-nginx-0000-0000',
    workloadName: 'replicaset-web-5d7f9',
    ...changes,
  });
}

/** The same with labels on its pod. */
export function aLabelledContainer(podLabels: Readonly<Record<string, string>>): Container {
  return aContainer({
    pod: { name: 'web-5d7f9-x', namespace: 'shop', uid: 'u', labels: podLabels },
  });
}

const BASE: Omit<RawEventBase, 'type'> = {
  seq: 1,
  timeMs: 0,
  cgroupId: 1,
  mountNs: 1,
  pid: 100,
  tid: 100,
  ppid: 1,
  uid: 0,
  gid: 0,
  comm: 'nginx',
  parentComm: 'sh',
  setup: false,
};

/** An open of `path`; for reading when `flags` is absent. */
export function anOpen(path: string, flags = 0, container = aContainer()): AttributedEvent {
  const event: OpenEvent = { ...BASE, type: 'open', path, flags, result: 3 };
  return attributed(event, container);
}

/** An exec; of `/bin/true` with its own path as only argument unless changed. */
export function anExec(
  changes: Partial<ExecEvent> = {},
  container = aContainer(),
): AttributedEvent {
  const event: ExecEvent = {
    ...BASE,
    type: 'exec',
    args: ['/bin/true'],
    argsTruncated: false,
    file: '/bin/true',
    exePath: '/bin/true',
    cwd: '/',
    upperLayer: false,
    parentUpperLayer: false,
    ...changes,
  };
  return attributed(event, container);
}

/** The end of a process; of the container's first one unless changed. */
export function anExit(
  changes: Partial<ExitEvent> = {},
  container = aContainer(),
): AttributedEvent {
  return attributed({ ...BASE, type: 'exit', exitCode: 0, signal: 0, ...changes }, container);
}

function attributed(event: AttributedEvent['event'], container: Container): AttributedEvent {
  const { pid, ppid, comm, uid, gid } = event;
  const process = {
    pid,
    ppid,
    comm,
    exePath: '',
    args: [],
    uid,
    gid,
    cwd: '/',
    upperLayer: false,
    startTimeMs: 0,
  };
  return { event, container, process };
}
