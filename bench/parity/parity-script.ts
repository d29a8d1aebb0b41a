import { createHash } from 'node:crypto';
import {
  ANNOTATION,
  type ProfileCompletion,
  type ProfileStatus,
} from '../../src/model/annotations.ts';
import type { Container, ContainerType, InstanceId } from '../../src/model/container.ts';
import {
  type ContainerProfile,
  type ContainerProfileSpec,
  PROFILE_API_VERSION,
  type ProfileKind,
  type ProfileKinds,
} from '../../src/model/profile.ts';
import { formatInstanceId } from '../../src/profile/instance-id.ts';
import { stableName, workloadName } from '../../src/profile/slug.ts';
import type { RecordingEntry } from '../../src/sensor/recording-entry.ts';
import { programStarted } from '../../test/scenarios/happenings.ts';

/** When all scripts begin; milliseconds since the Unix epoch. */
export const START_MS = 1_700_000_000_000;
const NAMESPACE = 'shop';

/** One thing that happens: an entry of a recording, or a change in the store. */
export type ParityStep = { readonly timeMs: number } & (
  | { readonly entry: RecordingEntry }
  | { readonly put: ProfileKinds[ProfileKind] }
  | { readonly remove: { readonly kind: ProfileKind; readonly name: string } }
);

/** What a container of the one workload `web` is, beside its name. */
export interface ScriptedContainer {
  /** Tells containers of one name apart; absent: the name. */
  readonly run?: string;
  readonly type?: ContainerType;
  readonly preExisting?: boolean;
  /** The pod's label for a user-defined profile. */
  readonly label?: string;
}

/** Writes what happens to the pods of one workload, `web`, second by second. */
export class ParityScript {
  readonly #steps: ParityStep[] = [];
  readonly #names = new Map<string, string>();
  #nowMs = START_MS;
  #seq = 0;

  constructor() {
    this.#enter({ type: 'ready', kernel: '6.1.0', programs: ['process_exec'], skipped: [] });
  }

  /** Everything that was told, in the order of time. */
  get steps(): readonly ParityStep[] {
    return [...this.#steps].sort((a, b) => a.timeMs - b.timeMs);
  }

  /** Moves to this many seconds after the start, or back. */
  at(seconds: number): this {
    this.#nowMs = START_MS + seconds * 1_000;
    return this;
  }

  /** A container of that name starts. */
  starts(name: string, about: ScriptedContainer = {}): this {
    const run = about.run ?? name;
    this.#names.set(run, name);
    const parentName = 'podu1';
    const cgroupId = cgroupOf(run);
    this.#enter({ type: 'cgroup', cgroupId, name: containerIdOf(run), parentName });
    return this.#enter({
      type: 'container-added',
      container: containerOf(name, { ...about, run, startedAtMs: this.#nowMs }),
    });
  }

  ends(run: string, exitCode = 0): this {
    return this.#enter({ type: 'container-removed', containerId: containerIdOf(run), exitCode });
  }

  /** The container executes a program. */
  exec(run: string, path: string, ...args: readonly string[]): this {
    return this.#happen(run, programStarted(path, args));
  }

  /** The container opens a file; flags as open(2) has them. */
  open(run: string, path: string, flags = 0): this {
    return this.#happen(run, { type: 'open', path, flags, result: 3 });
  }

  lost(count: number): this {
    return this.#enter({ type: 'lost', count });
  }

  /** An object is stored, new or in place of the one of its name. */
  put(object: ProfileKinds[ProfileKind]): this {
    this.#steps.push({ timeMs: this.#nowMs, put: object });
    return this;
  }

  remove(kind: ProfileKind, name: string): this {
    this.#steps.push({ timeMs: this.#nowMs, remove: { kind, name } });
    return this;
  }

  #happen(run: string, fields: object): this {
    this.#seq += 1;
    return this.#enter({
      seq: this.#seq,
      cgroupId: cgroupOf(run),
      mountNs: 1,
      pid: cgroupOf(run),
      tid: cgroupOf(run),
      ppid: 1,
      uid: 0,
      gid: 0,
      comm: this.#names.get(run) ?? '',
      parentComm: 'shim',
      setup: false,
      ...fields,
    });
  }

  #enter(fields: object): this {
    const entry = { timeMs: this.#nowMs, ...fields } as RecordingEntry;
    this.#steps.push({ timeMs: this.#nowMs, entry });
    return this;
  }
}

/** Name of the objects of the workload; user-managed ones are called `ug-<this>`. */
export const WORKLOAD: string = workloadName(instanceOf('web', 'containers'));

/** A learned profile of a container of the workload. */
export function learned(
  name: string,
  spec: ContainerProfileSpec,
  about: {
    readonly status?: ProfileStatus;
    readonly completion?: ProfileCompletion;
    readonly type?: ContainerType;
  } = {},
): ContainerProfile {
  const { status = 'completed', completion = 'complete', type = 'containers' } = about;
  const id = instanceOf(name, type);
  const annotations = {
    [ANNOTATION.instanceId]: formatInstanceId(id),
    [ANNOTATION.containerType]: type,
    [ANNOTATION.status]: status,
    [ANNOTATION.completion]: completion,
  };
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name: stableName(id), namespace: NAMESPACE, annotations },
    spec,
  };
}

/** An object that a person wrote. */
export function written<K extends ProfileKind>(
  kind: K,
  name: string,
  spec: ProfileKinds[K]['spec'],
): ProfileKinds[K] {
  const annotations = name.startsWith('ug-') ? { [ANNOTATION.managedBy]: 'User' } : {};
  const metadata = { name, namespace: NAMESPACE, annotations };
  const object: unknown = { apiVersion: PROFILE_API_VERSION, kind, metadata, spec };
  return object as ProfileKinds[K];
}

function instanceOf(containerName: string, containerType: ContainerType): InstanceId {
  return {
    apiVersion: 'apps/v1',
    namespace: NAMESPACE,
    kind: 'ReplicaSet',
    name: 'web-5d7f',
    templateHash: '5d7f',
    containerType,
    containerName,
  };
}

function containerOf(
  name: string,
  {
    run,
    startedAtMs,
    type = 'containers',
    preExisting = false,
    label,
  }: ScriptedContainer & { readonly run: string; readonly startedAtMs: number },
): Container {
  const instanceId = instanceOf(name, type);
  const labels = label === undefined ? {} : { 'kubescape.io/user-defined-profile': label };
  return {
    id: containerIdOf(run),
    runtimeNamespace: 'k8s.io',
    name,
    kind: 'container',
    image: 'example/web:1',
    imageDigest: '',
    namespace: NAMESPACE,
    pod: { name: 'web-5d7f-1', namespace: NAMESPACE, uid: 'u1', labels },
    labels: {},
    pid: cgroupOf(run),
    startedAtMs,
    preExisting,
    instanceId,
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
    workloadKind: 'Deployment',
  };
}

function containerIdOf(run: string): string {
  return createHash('sha256').update(run).digest('hex');
}

function cgroupOf(run: string): number {
  return 1_000 + Number.parseInt(containerIdOf(run).slice(0, 6), 16);
}
