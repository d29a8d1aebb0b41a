import type { Container, InstanceId, Workload } from '#model/container.js';
import { stableName, workloadName } from '#profile/slug.js';
import type { Clock } from '#runtime/clock.js';
import { containerFacts } from './container-facts.ts';
import type { NodePod } from './node-pod.ts';
import type { NodePods } from './node-pods.ts';
import type { WorkloadOwners } from './workload-owners.ts';

interface PodIdentitiesOptions {
  readonly pods: Pick<NodePods, 'waitFor'>;
  readonly owners: Pick<WorkloadOwners, 'workloadOf'>;
  readonly clock: Clock;
  /** How long a container waits for its pod and its owners together; {@link WAIT_MS} when absent. */
  readonly waitMs?: number;
}

/**
 * Shorter than the two seconds for which attribution holds the events of a container that is not known
 * yet. The kubelet starts a container after it heard of the pod from the same API server, so that the
 * pod is mostly there first.
 */
const WAIT_MS = 1_500;

/** Completes what containerd tells of a container by what the API server tells of its pod. */
export class PodIdentities {
  /**
   * Containers of pods: completed, not because their pod was not known in time, or only in part
   * because its names cannot be used.
   */
  readonly counts = { found: 0, timeout: 0, unnameable: 0 };
  readonly #options: PodIdentitiesOptions;

  constructor(options: PodIdentitiesOptions) {
    this.#options = options;
  }

  /**
   * The container with the API server's facts in place of what was inferred: its type, its names,
   * the top workload, its pod's labels at this moment. It takes the time of a wait at most; then, and
   * when `signal` aborts, the container is as it was. A sandbox and a container outside Kubernetes are
   * returned unchanged. Never rejects.
   */
  async complete(
    container: Container,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Container> {
    const { pod: told, kind } = container;
    if (kind === 'sandbox' || told === undefined || told.uid === '') return container;
    const { clock, pods, waitMs = WAIT_MS } = this.#options;
    const untilMs = clock.monotonic() + waitMs;
    const pod = await pods.waitFor(told.uid, { timeoutMs: waitMs, signal });
    if (pod === undefined) {
      this.counts.timeout += 1;
      return container;
    }
    const workload = await this.#workload(pod, untilMs - clock.monotonic(), signal);
    return this.#completed(container, pod, workload);
  }

  async #workload(pod: NodePod, budgetMs: number, signal: AbortSignal): Promise<Workload> {
    const over = new AbortController();
    const cancel = this.#options.clock.schedule(budgetMs, () => over.abort());
    const either = AbortSignal.any([signal, over.signal]);
    return this.#options.owners.workloadOf(pod, { signal: either }).finally(cancel);
  }

  #completed(container: Container, pod: NodePod, workload: Workload): Container {
    const facts = containerFacts(pod, container);
    const names = facts && namesOf(facts.instanceId);
    this.counts[names === undefined ? 'unnameable' : 'found'] += 1;
    return {
      ...container,
      image: container.image || (facts?.image ?? ''),
      imageDigest: container.imageDigest || (facts?.imageDigest ?? ''),
      ...(container.pod && { pod: { ...container.pod, labels: pod.labels } }),
      ...names,
      workloadKind: workload.kind,
      workload,
    };
  }
}

/** Undefined where a revision label holds what a name cannot: what was inferred from it was made usable. */
function namesOf(
  instanceId: InstanceId,
): Pick<Container, 'instanceId' | 'profileName' | 'workloadName'> | undefined {
  try {
    return {
      instanceId,
      profileName: stableName(instanceId),
      workloadName: workloadName(instanceId),
    };
  } catch {
    return undefined;
  }
}
