import type { Container } from '../../src/model/container.ts';
import { stableName, workloadName } from '../../src/profile/slug.ts';
import { programStarted } from '../scenarios/happenings.ts';

/** Any moment does: the recording is played as if it happened now. */
const START_MS = 1_700_000_000_000;
/** Above the threshold at which paths that differ in one place become one pattern. */
const MANY_FILES = 70;

/** What one container of a recording does. */
interface Part {
  readonly workload: string;
  /** Seconds after the start. */
  readonly startS: number;
  /** Absent: it runs on. */
  readonly end?: { readonly atS: number; readonly exitCode: number };
  readonly maxSniffingTime?: string;
}

const PARTS: readonly Part[] = [
  { workload: 'web', startS: 0, end: { atS: 6, exitCode: 0 } },
  { workload: 'job', startS: 0.5, end: { atS: 5, exitCode: 1 } },
  { workload: 'runs-on', startS: 1 },
  { workload: 'short', startS: 1.5, end: { atS: 1.9, exitCode: 0 } },
  { workload: 'by-time', startS: 0, maxSniffingTime: '5s' },
];

/**
 * A recording of eight seconds on a node: containers that end well, fail, run on and are learned to the
 * end of their time, and one of a workload that other nodes run too and that does the same everywhere.
 */
export function workRecording(node: string): string {
  const entries = [
    ...PARTS.flatMap((part, i) =>
      happenings({ ...part, workload: `${node}-${part.workload}` }, { node, index: i }),
    ),
    ...happenings(
      { workload: 'everywhere', startS: 0.2, end: { atS: 7, exitCode: 0 } },
      { node, index: 9 },
    ),
  ].sort((a, b) => a.timeMs - b.timeMs);
  let seq = 0;
  return recordingOf(
    entries.map((entry) => ('seq' in entry ? { ...entry, seq: ++seq } : entry)),
    8,
  );
}

/** A recording of one second in which nothing happens. */
export function quietRecording(): string {
  return recordingOf([], 1);
}

function recordingOf(entries: readonly Entry[], seconds: number): string {
  const ready = { type: 'ready', timeMs: START_MS, kernel: '6.1.0', programs: [], skipped: [] };
  // The clock of a recording that is played goes on to its last record.
  const last = { type: 'totals', timeMs: START_MS + seconds * 1_000, emitted: 0, lost: 0 };
  const lines = [
    { type: 'recording', version: 1, agentVersion: '0.1.0', timeMs: START_MS },
    ready,
    ...entries,
    last,
    { type: 'end', timeMs: last.timeMs, entries: entries.length + 2 },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

interface Place {
  readonly node: string;
  readonly index: number;
}

type Entry = Readonly<Record<string, unknown>> & { readonly timeMs: number };

function happenings(part: Part, place: Place): readonly Entry[] {
  const container = containerOf(part, place);
  const at = (seconds: number) => START_MS + seconds * 1_000;
  const base = {
    seq: 0,
    cgroupId: container.cgroupId,
    mountNs: 1,
    pid: container.pid,
    tid: container.pid,
    ppid: 1,
    uid: 0,
    gid: 0,
    comm: part.workload.slice(0, 15),
    parentComm: 'shim',
    setup: false,
  };
  const act = (seconds: number, fields: object) => ({
    ...base,
    timeMs: at(part.startS + seconds),
    ...fields,
  });
  const open = (path: string) => ({ type: 'open', path, flags: 0o2000000, result: 3 });
  const acts = [
    act(0.05, programStarted('/bin/app', ['--of', part.workload])),
    ...Array.from({ length: MANY_FILES }, (_, i) =>
      act(0.06 + i * 0.004, open(`/data/part-${i}/log`)),
    ),
    act(0.1, open('/etc/app.conf')),
    act(0.15, { type: 'capabilities', capability: 'NET_BIND_SERVICE', syscall: 'bind' }),
    act(0.2, { type: 'syscall', syscall: 'openat' }),
    act(0.25, {
      type: 'network',
      direction: 'outbound',
      protocol: 'TCP',
      address: '10.1.2.3',
      port: 443,
    }),
    act(0.35, programStarted('/bin/sh', ['-c', 'date'])),
  ];
  return [
    { type: 'container-added', timeMs: at(part.startS), container },
    ...acts,
    ...(part.end
      ? [
          {
            type: 'container-removed',
            timeMs: at(part.end.atS),
            containerId: container.id,
            exitCode: part.end.exitCode,
          },
        ]
      : []),
  ];
}

function containerOf(
  part: Part,
  { node, index }: Place,
): Container & { readonly cgroupId: number } {
  const instanceId = {
    apiVersion: 'apps/v1',
    namespace: 'shop',
    kind: 'ReplicaSet',
    name: `${part.workload}-5d`,
    templateHash: '5d',
    containerType: 'containers',
    containerName: 'main',
  } as const;
  const id = `${node}${index}`.padEnd(64, '0');
  const labels = part.maxSniffingTime
    ? { 'kubescape.io/max-sniffing-time': part.maxSniffingTime }
    : {};
  return {
    id,
    runtimeNamespace: 'k8s.io',
    name: 'main',
    kind: 'container',
    image: 'shop/app:1',
    imageDigest: '',
    namespace: 'shop',
    pod: { name: `${part.workload}-5d-1`, namespace: 'shop', uid: `${node}-${index}`, labels },
    labels: {},
    cgroupId: 1_000 + index,
    pid: 100 + index,
    startedAtMs: START_MS + part.startS * 1_000,
    preExisting: false,
    instanceId,
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
    workloadKind: 'Deployment',
  };
}
