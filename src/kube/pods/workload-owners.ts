import { AgentError } from '#model/agent-error.js';
import type { Workload } from '#model/container.js';
import { unlessAborted, withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { CallRest } from './call-rest.ts';
import type { NodePod } from './node-pod.ts';
import { ownerKindOf } from './owner-kinds.ts';
import { type OwnerObject, ownerObjectOf } from './owner-object.ts';
import type { OwnerReference } from './owner-reference.ts';
import { RecentAnswers } from './recent-answers.ts';
import { workloadByName } from './workload-by-name.ts';

/** What is asked of the API server: one object, by its path. */
export interface ObjectReader {
  get(path: string, options: { readonly signal: AbortSignal }): Promise<unknown>;
}

interface WorkloadOwnersOptions {
  readonly api: ObjectReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Ends every question that is under way. */
  readonly signal: AbortSignal;
  /** How many owners are remembered; 1,024 when absent: several for each pod that a node may have. */
  readonly capacity?: number;
}

/** An owner's owner and selector never change; its version does, and is only good for a label. */
const KEEP_MS = 10 * 60_000;
/** How long an owner that is not there, or that may not be read, is not asked for again. */
const KEEP_ABSENT_MS = 60_000;
const CALL_BUDGET_MS = 5_000;
const CAPACITY = 1_024;
/** Longer than any chain that Kubernetes makes. */
const MAX_STEPS = 4;

/**
 * Finds the workload at the top of a pod's owners: ReplicaSet → Deployment, Job → CronJob, and those
 * that nothing of Kubernetes' own stands above. Asks the API server for each owner once in ten
 * minutes, however many containers ask at a time, and rests while it does not answer.
 */
export class WorkloadOwners {
  /** Questions to the API server, by what came of them. */
  readonly counts = { found: 0, absent: 0, failed: 0 };
  readonly #options: WorkloadOwnersOptions;
  readonly #rest: CallRest;
  readonly #known: RecentAnswers<OwnerObject | 'absent'>;
  readonly #asked = new Map<string, Promise<OwnerObject | undefined>>();

  constructor(options: WorkloadOwnersOptions) {
    const { clock, capacity = CAPACITY } = options;
    this.#options = options;
    this.#rest = new CallRest(options);
    this.#known = new RecentAnswers({ clock, capacity });
  }

  /** How many owners are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * The top workload of a pod. Where the API server does not answer, `signal` aborts, or an owner is
   * gone, it is what references and names tell, without uid, version and selector. Never rejects.
   */
  async workloadOf(pod: NodePod, { signal }: { readonly signal: AbortSignal }): Promise<Workload> {
    if (pod.owner === undefined || ownerKindOf(pod.owner) === undefined) return podItself(pod);
    let reference: OwnerReference = pod.owner;
    for (let step = 1; ; step += 1) {
      const object: OwnerObject | undefined = await unlessAborted(
        { signal, what: 'asking for an owner' },
        this.#owner(pod.namespace, reference),
      ).catch(() => undefined);
      if (object === undefined) return workloadByName(reference, pod);
      const { owner, workload } = object;
      const isTop = !ownerKindOf(reference)?.hasOwner || owner === undefined || step === MAX_STEPS;
      if (isTop || ownerKindOf(owner) === undefined) return workload;
      reference = owner;
    }
  }

  async #owner(namespace: string, reference: OwnerReference): Promise<OwnerObject | undefined> {
    const { uid, kind } = reference;
    const known = this.#known.get(uid);
    if (known !== undefined) return known === 'absent' ? undefined : known;
    const underWay = this.#asked.get(uid);
    if (underWay !== undefined) return underWay;
    if (this.#rest.isResting(kind)) return undefined;
    const asked = this.#ask(namespace, reference).finally(() => this.#asked.delete(uid));
    this.#asked.set(uid, asked);
    return asked;
  }

  async #ask(namespace: string, reference: OwnerReference): Promise<OwnerObject | undefined> {
    const { api, clock, signal } = this.#options;
    const path = `${ownerKindOf(reference)?.path(namespace)}/${encodeURIComponent(reference.name)}`;
    try {
      const budget = { clock, budgetMs: CALL_BUDGET_MS, signal, what: `get of ${path}` };
      const raw = await withBudget(budget, (inner) => api.get(path, { signal: inner }));
      this.#rest.succeeded(reference.kind);
      return this.#keep(reference, ownerObjectOf(raw, reference));
    } catch (reason) {
      return this.#failed(reference, AgentError.from(reason, 'unavailable'));
    }
  }

  #keep(reference: OwnerReference, object: OwnerObject | undefined): OwnerObject | undefined {
    this.counts[object === undefined ? 'absent' : 'found'] += 1;
    const keepMs = object === undefined ? KEEP_ABSENT_MS : KEEP_MS;
    this.#known.set(reference.uid, object ?? 'absent', keepMs);
    return object;
  }

  #failed(reference: OwnerReference, error: AgentError): undefined {
    const { kind, name, uid } = reference;
    if (error.code === 'aborted') return undefined;
    if (error.code === 'not-found') {
      this.#keep(reference, undefined);
      return undefined;
    }
    this.counts.failed += 1;
    if (error.isRetried) {
      this.#rest.failed(kind, error);
    } else {
      this.#known.set(uid, 'absent', KEEP_ABSENT_MS);
    }
    this.#options.log.warn('cannot read the owner of a pod', { kind, name, ...errorFields(error) });
    return undefined;
  }
}

function podItself({ name, uid, resourceVersion }: NodePod): Workload {
  return { kind: 'Pod', name, uid, ...(resourceVersion && { resourceVersion }) };
}
