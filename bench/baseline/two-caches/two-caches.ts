import type { ContainerProfiles } from '../../../src/agent/container-profiles.ts';
import { ANNOTATION, POD_LABEL } from '../../../src/model/annotations.ts';
import type { CallStackTree } from '../../../src/model/call-stack-tree.ts';
import type { Container } from '../../../src/model/container.ts';
import type { ContainerSurfaces, NetworkNeighbor, ObjectMeta } from '../../../src/model/profile.ts';
import type { ProfileNeeds } from '../../../src/model/profile-needs.ts';
import type { ObjectKey } from '../../../src/model/profile-store.ts';
import type {
  ContainerProfileEntry,
  Direction,
  ProfileState,
} from '../../../src/model/projected-profile.ts';
import { EVERYTHING } from '../../../src/profile/profile-needs.ts';
import type { CacheEntryView } from '../../../src/profile-cache/cache-entry-view.ts';
import { DEFAULT_PROFILE_CACHE_OPTIONS } from '../../../src/profile-cache/options.ts';
import type { ProfileCacheParts } from '../../../src/profile-cache/profile-cache.ts';
import { completionOf, statusOf } from '../../../src/profile-cache/profile-meta.ts';
import { errorFields } from '../../../src/runtime/log.ts';
import { type ContainerSections, LinearProfile } from './linear-profile.ts';
import { WorkloadCache, type WorkloadInUse } from './workload-cache.ts';
import { sectionOf } from './workload-merge.ts';
import { WorkloadObjects } from './workload-objects.ts';

/** What is known about a container: which workload it belongs to. */
interface KnownContainer {
  readonly container: Container;
  readonly profile: LinearProfile;
}

/** The older design behind the same questions as the profile cache. See the README beside it. */
export class TwoCaches implements ContainerProfiles {
  readonly #parts: ProfileCacheParts;
  readonly #applications: WorkloadCache<'ApplicationProfile'>;
  readonly #networks: WorkloadCache<'NetworkNeighborhood'>;
  readonly #containers = new Map<string, KnownContainer>();
  /** Containers whose identity was not known yet. */
  readonly #unknown = new Set<string>();
  #needs: ProfileNeeds;

  constructor(parts: ProfileCacheParts) {
    const objects = new WorkloadObjects(parts.store);
    this.#parts = parts;
    this.#needs = parts.needs ?? EVERYTHING;
    this.#applications = new WorkloadCache('ApplicationProfile', objects);
    this.#networks = new WorkloadCache('NetworkNeighborhood', objects);
  }

  containerAdded(containerId: string): void {
    const container = this.#parts.identities.identityOf(containerId);
    if (container === undefined) {
      this.#unknown.add(containerId);
      return;
    }
    this.#unknown.delete(containerId);
    if (container.kind === 'sandbox') return;
    const { namespace, workloadName, preExisting } = container;
    for (const cache of [this.#applications, this.#networks]) {
      const held = cache.get(namespace, workloadName);
      const isPartial = held && completionOf(held.metadata) === 'partial';
      if (isPartial && !preExisting) cache.drop(namespace, workloadName);
    }
    const profile = new LinearProfile(this.#sectionsOf(container), () => this.#needs);
    this.#containers.set(containerId, { container, profile });
  }

  containerRemoved(containerId: string): void {
    this.#unknown.delete(containerId);
    const gone = this.#containers.get(containerId)?.container;
    this.#containers.delete(containerId);
    if (gone === undefined) return;
    const isInUse = [...this.#containers.values()].some(
      ({ container }) =>
        container.namespace === gone.namespace && container.workloadName === gone.workloadName,
    );
    if (isInUse) return;
    this.#applications.drop(gone.namespace, gone.workloadName);
    this.#networks.drop(gone.namespace, gone.workloadName);
  }

  /** Only the next list tells it. */
  learningEnded(): void {}

  /** It holds everything anyway; what it says it holds is what rules ask for. */
  needsChanged(needs: ProfileNeeds): void {
    this.#needs = needs;
  }

  /** It looks when its time has come. */
  nudge(): void {}

  getContainerProfile(containerId: string): ContainerProfileEntry | undefined {
    const known = this.#containers.get(containerId);
    if (known === undefined) return undefined;
    const { namespace, workloadName } = known.container;
    const held = this.#applications.get(namespace, workloadName);
    if (held === undefined) return undefined;
    return {
      profile: known.profile,
      state: stateOf(workloadName, held.metadata),
      isEnforced: true,
    };
  }

  getContainerProfileState(containerId: string): ProfileState {
    const known = this.#containers.get(containerId);
    if (known === undefined) return { name: '', error: `container ${containerId} is not known` };
    const { namespace, workloadName } = known.container;
    const listed = this.#applications.listed(namespace, workloadName);
    if (listed !== undefined) return stateOf(workloadName, listed);
    return { name: workloadName, error: `there is no profile ${namespace}/${workloadName}` };
  }

  getCallStackTree(containerId: string): CallStackTree | undefined {
    return this.getContainerProfile(containerId)?.profile.callStacks;
  }

  hasFinalProfile({ namespace, name }: ObjectKey): boolean {
    const own = [...this.#containers.values()].filter(
      ({ container }) => container.pod?.namespace === namespace && container.pod.name === name,
    );
    const isFinal = ({ container }: KnownContainer) => {
      const listed = this.#applications.listed(container.namespace, container.workloadName);
      return (
        listed !== undefined &&
        statusOf(listed) === 'completed' &&
        completionOf(listed) === 'complete'
      );
    };
    return own.length > 0 && own.every(isFinal);
  }

  explain(): undefined {
    return undefined;
  }

  list(): readonly CacheEntryView[] {
    return [];
  }

  container(): CacheEntryView | undefined {
    return undefined;
  }

  /** Lists and reads at a fixed interval until `signal` aborts. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { clock, options } = this.#parts;
    const { refreshIntervalMs } = { ...DEFAULT_PROFILE_CACHE_OPTIONS, ...options };
    while (!signal.aborted) {
      await this.tick(signal);
      await clock.sleep(refreshIntervalMs, signal).catch(() => {});
    }
  }

  /** One reading of all lists. */
  async tick(signal: AbortSignal): Promise<void> {
    for (const containerId of [...this.#unknown]) this.containerAdded(containerId);
    const workloads = this.#workloadsInUse();
    for (const namespace of new Set(workloads.map((workload) => workload.namespace))) {
      const own = workloads.filter((workload) => workload.namespace === namespace);
      try {
        await this.#applications.update(namespace, own, signal);
        await this.#networks.update(namespace, own, signal);
      } catch (reason) {
        this.#parts.log.warn('workload objects could not be read', {
          namespace,
          ...errorFields(reason),
        });
      }
    }
  }

  #workloadsInUse(): readonly WorkloadInUse[] {
    const byKey = new Map<string, WorkloadInUse>();
    for (const { container } of this.#containers.values()) {
      const { namespace, workloadName: name, pod, preExisting } = container;
      const key = `${namespace}/${name}`;
      const isSeenFromStart = !preExisting || (byKey.get(key)?.isSeenFromStart ?? false);
      const label = pod?.labels[POD_LABEL.userDefinedProfile];
      byKey.set(key, { namespace, name, label, isSeenFromStart });
    }
    return [...byKey.values()];
  }

  #sectionsOf({ namespace, workloadName, name }: Container): ContainerSections {
    return {
      surfaces: (): ContainerSurfaces | undefined => {
        const held = this.#applications.get(namespace, workloadName);
        return held && sectionOf(held.object.spec, name);
      },
      neighbors: (direction: Direction): readonly NetworkNeighbor[] => {
        const held = this.#networks.get(namespace, workloadName);
        return (held && sectionOf(held.object.spec, name)?.[direction]) ?? [];
      },
      version: () => this.#applications.get(namespace, workloadName)?.version ?? '',
    };
  }
}

/** What a person wrote has no status and is final. */
function stateOf(workload: string, metadata: ObjectMeta): ProfileState {
  const isWritten = metadata.annotations?.[ANNOTATION.status] === undefined;
  if (isWritten) return { name: metadata.name, status: 'completed', completion: 'complete' };
  return { name: workload, status: statusOf(metadata), completion: completionOf(metadata) };
}
