import type { Container } from '#model/container.js';
import type {
  CgroupRecord,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  OpenEvent,
  RawEventBase,
} from '#model/raw-event.js';

type Base = Partial<Omit<RawEventBase, 'type'>>;

const base = {
  seq: 1,
  timeMs: 1_000,
  cgroupId: 1,
  mountNs: 1,
  pid: 10,
  tid: 10,
  ppid: 1,
  uid: 0,
  gid: 0,
  comm: 'sh',
  parentComm: 'shim',
  setup: false,
};

/** An open of a file, the most common event. */
export function anOpen(fields: Base = {}): OpenEvent {
  return { ...base, ...fields, type: 'open', path: '/etc/passwd', flags: 0, result: 3 };
}

export function anExec(fields: Base & Partial<ExecEvent> = {}): ExecEvent {
  return {
    ...base,
    args: ['sh'],
    argsTruncated: false,
    file: 'sh',
    exePath: '/bin/sh',
    cwd: '/',
    upperLayer: false,
    parentUpperLayer: false,
    ...fields,
    type: 'exec',
  };
}

export function aFork(fields: Base & Pick<ForkEvent, 'childPid' | 'childStartMs'>): ForkEvent {
  return { ...base, ...fields, type: 'fork' };
}

export function anExit(fields: Base = {}): ExitEvent {
  return { ...base, ...fields, type: 'exit', exitCode: 0, signal: 0 };
}

export function aCgroup(fields: Partial<Omit<CgroupRecord, 'type'>> = {}): CgroupRecord {
  return {
    timeMs: 1_000,
    cgroupId: 1,
    name: 'web',
    parentName: 'default',
    ...fields,
    type: 'cgroup',
  };
}

/** A container outside Kubernetes, in containerd's namespace `default`. */
export function aContainer(fields: Partial<Container> = {}): Container {
  const id = fields.id ?? 'web';
  return {
    id,
    runtimeNamespace: 'default',
    name: id,
    kind: 'container',
    image: 'web:1',
    imageDigest: '',
    namespace: 'containerd-default',
    labels: {},
    pid: 10,
    startedAtMs: 1_000,
    preExisting: false,
    instanceId: {
      apiVersion: 'v1',
      namespace: 'containerd-default',
      kind: 'Container',
      name: 'web',
      containerType: 'containers',
      containerName: id,
    },
    profileName: `container-web-${id}`,
    workloadName: 'container-web',
    workloadKind: 'Container',
    ...fields,
  };
}
