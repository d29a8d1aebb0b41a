import { ANNOTATION, type ProfileCompletion, type ProfileStatus } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type NetworkNeighborhood,
  PROFILE_API_VERSION,
  type ProfileKind,
} from '#model/profile.js';
import { aContainer as sampleContainer } from '#model/testing/sample-container.js';
import { type Logger, silentLogger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { CacheChange } from '../cache-change.ts';
import type { ProfileCacheOptions } from '../options.ts';
import type { PodSource, PodStatus, TamperedProfile } from '../ports.ts';
import { ProfileCache, type ProfileCacheParts } from '../profile-cache.ts';
import { BusyClock } from './busy-clock.ts';
import { JumpingClock } from './jumping-clock.ts';
import type { Behaviour } from './scripted-answer.ts';
import { ScriptedProfileStore } from './scripted-profile-store.ts';

/** The namespace that everything here is in. */
export const NAMESPACE = 'shop';

/** A container of pod `<id>-pod` with profile `<id>-profile` and workload `<id>-workload`. */
export function aContainer(id: string, changes: Partial<Container> = {}): Container {
  return sampleContainer({
    id,
    pod: { name: `${id}-pod`, namespace: NAMESPACE, uid: `${id}-uid`, labels: {} },
    instanceId: { ...sampleContainer().instanceId, name: id },
    profileName: `${id}-profile`,
    workloadName: `${id}-workload`,
    ...changes,
  });
}

/** The same with the pod's label set. */
export function aLabelledContainer(id: string, label: string): Container {
  const labels = { 'kubescape.io/user-defined-profile': label };
  const pod = { name: `${id}-pod`, namespace: NAMESPACE, uid: `${id}-uid`, labels };
  return aContainer(id, { pod });
}

/** A learned profile that allows one program. */
export function learned(
  name: string,
  exec: string,
  [status, completion]: readonly [ProfileStatus, ProfileCompletion] = ['completed', 'complete'],
): ContainerProfile {
  const annotations = { [ANNOTATION.status]: status, [ANNOTATION.completion]: completion };
  return { ...authored(name, exec), metadata: { name, namespace: NAMESPACE, annotations } };
}

/** A profile written by a person that allows one program. */
export function authored(name: string, exec: string): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace: NAMESPACE },
    spec: { execs: [{ path: exec }] },
  };
}

/** An overlay that allows one program in one container. */
export function anApplicationProfile(
  name: string,
  exec: string,
  containerName = 'web',
): ApplicationProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ApplicationProfile',
    metadata: { name, namespace: NAMESPACE },
    spec: { containers: [{ name: containerName, execs: [{ path: exec }] }] },
  };
}

/** An overlay that allows one address in container `web`. */
export function aNetworkNeighborhood(name: string): NetworkNeighborhood {
  const egress = [{ identifier: 'dns', type: 'external', ipAddress: '10.0.0.10' }];
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'NetworkNeighborhood',
    metadata: { name, namespace: NAMESPACE },
    spec: { containers: [{ name: 'web', egress }] },
  };
}

/** Moves no tick: they come every 30 s. */
const MIDDLE: Random = { next: () => 0.5, hex32: () => '0'.repeat(32) };

/** What else a world is made of; absent parts are those of the cache's defaults. */
export interface WorldParts extends Partial<Pick<ProfileCacheParts, 'needs' | 'verifier'>> {
  readonly log?: Logger;
  readonly random?: Random;
  /** How much later each look at the cache's clock is; see {@link BusyClock}. */
  readonly lookMs?: number;
}

/** A cache that runs on a clock, a store, identities and pods that the test holds. */
export class CacheWorld implements PodSource {
  readonly clock = new JumpingClock(1_000_000);
  readonly store = new ScriptedProfileStore(this.clock);
  readonly changes: CacheChange[] = [];
  /** What the cache told not to trust. */
  readonly tampered: TamperedProfile[] = [];
  readonly cache: ProfileCache;
  /** Called with every change, for tests that act on one. */
  onChange: (change: CacheChange) => void = () => {};
  readonly #identities = new Map<string, Container>();
  readonly #pods = new Map<string, PodStatus>();
  readonly #stop = new AbortController();
  /** The cache was told to end. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The cache ran, and has ended. */
  hasEnded = false;
  #ran: Promise<void> | undefined;

  constructor(
    options: Partial<ProfileCacheOptions> = {},
    { log = silentLogger, random = MIDDLE, lookMs = 0, ...parts }: WorldParts = {},
  ) {
    this.cache = new ProfileCache({
      ...parts,
      store: this.store,
      clock: lookMs > 0 ? new BusyClock(this.clock, lookMs) : this.clock,
      random,
      log,
      options,
      identities: { identityOf: (id) => this.identityOf(id) },
      pods: this,
      onTampered: (tampered) => this.tampered.push(tampered),
      onChange: (change) => {
        this.changes.push(change);
        this.onChange(change);
      },
    });
  }

  identityOf(containerId: string): Container | undefined {
    return this.#identities.get(containerId);
  }

  podOf(namespace: string, name: string): PodStatus | undefined {
    return this.#pods.get(`${namespace}/${name}`);
  }

  start(): this {
    this.#ran = this.cache.run({ signal: this.#stop.signal }).then(() => {
      this.hasEnded = true;
    });
    return this;
  }

  /** Ends the cache and settles when it has. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ran;
  }

  identify(container: Container): void {
    this.#identities.set(container.id, container);
  }

  /** Adds containers whose identity is known, and lets the store answer. */
  async add(...containers: readonly Container[]): Promise<void> {
    for (const container of containers) {
      this.identify(container);
      this.cache.containerAdded(container.id);
    }
    await this.clock.advance(0);
  }

  /** What is published about pod `<id>-pod`. */
  publish(id: string, status: PodStatus | undefined): void {
    this.publishPod(`${NAMESPACE}/${id}-pod`, status);
  }

  /** What is published about a pod, by `namespace/name`. */
  publishPod(key: string, status: PodStatus | undefined): void {
    if (status) this.#pods.set(key, status);
    else this.#pods.delete(key);
  }

  /** Lets as many regular ticks go by, and what they start. */
  async ticks(count = 1): Promise<void> {
    await this.clock.advance(count * 30_000);
  }

  remove(kind: ProfileKind, name: string): void {
    this.store.remove(kind, { namespace: NAMESPACE, name });
  }

  behave(kind: ProfileKind, name: string, behaviour: Behaviour): void {
    this.store.behave(kind, { namespace: NAMESPACE, name }, behaviour);
  }

  /** Which of the programs the container's profile allows; undefined without a profile. */
  allowed(id: string, ...execs: readonly string[]): readonly string[] | undefined {
    const entry = this.cache.getContainerProfile(id);
    return entry && execs.filter((exec) => entry.profile.wasExecuted(exec));
  }

  /** State and reason of a container; undefined when it is not there. */
  standing(id: string): string | undefined {
    const view = this.cache.list().find(({ containerId }) => containerId === id);
    return view && `${view.state} ${view.reason}`;
  }
}
