import type { PodSpec } from '#model/pod-spec.js';
import type { Clock } from '#runtime/clock.js';
import { type NodePod, parseNodePod } from './node-pod.ts';

/** One change that a watch told of. */
export interface NodePodEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly item: NodePod;
}

/** What a reflector needs to keep a {@link NodePods} up to date. */
export interface NodePodsFeed {
  readonly path: string;
  readonly fieldSelector: string;
  readonly streamingList: boolean;
  readonly parse: (raw: unknown) => NodePod;
  readonly onReplace: (pods: readonly NodePod[]) => void;
  readonly onEvent: (event: NodePodEvent) => void;
}

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * The pods of one node, as a reflector tells of them. As many are kept as the API server has for the
 * node, each without what is not needed. A pod that was deleted and made anew under the same name
 * is another pod: nothing of the one before is left. Answers at once.
 */
export class NodePods {
  readonly #clock: Clock;
  #byName = new Map<string, NodePod>();
  #byRuntimeUid = new Map<string, NodePod>();
  readonly #waiting = new Map<string, Set<(pod: NodePod) => void>>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** How many pods are known. */
  get size(): number {
    return this.#byName.size;
  }

  /** How many waits of {@link waitFor} are under way. */
  get waits(): number {
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The pods of the node called `nodeName`, for a reflector. */
  feedOf(nodeName: string): NodePodsFeed {
    return {
      path: '/api/v1/pods',
      fieldSelector: `spec.nodeName=${nodeName}`,
      streamingList: true,
      parse: parseNodePod,
      onReplace: (pods) => this.replace(pods),
      onEvent: (event) => this.apply(event),
    };
  }

  /** The state of the pod's containers, as the kubelet reported it last. */
  podOf(namespace: string, name: string): NodePod['status'] | undefined {
    return this.#byName.get(nameKey({ namespace, name }))?.status;
  }

  /** What rules ask of the pod's spec; undefined when the pod is not known (yet). */
  podSpecOf(namespace: string, name: string): PodSpec | undefined {
    return this.#byName.get(nameKey({ namespace, name }))?.spec;
  }

  /** By the uid that the container runtime knows; see {@link NodePod.runtimeUid}. */
  podByUid(uid: string): NodePod | undefined {
    return this.#byRuntimeUid.get(uid);
  }

  /**
   * The pod with this uid, as soon as it is known; undefined when that took longer than `timeoutMs`,
   * or when `signal` aborts. Never rejects.
   */
  waitFor(uid: string, { timeoutMs, signal }: WaitOptions): Promise<NodePod | undefined> {
    const known = this.#byRuntimeUid.get(uid);
    if (known !== undefined || signal.aborted || timeoutMs <= 0) return Promise.resolve(known);
    return new Promise((resolve) => {
      const end = (pod?: NodePod) => {
        cancel();
        signal.removeEventListener('abort', giveUp);
        this.#forget(uid, end);
        resolve(pod);
      };
      const giveUp = () => end();
      const cancel = this.#clock.schedule(timeoutMs, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      const others = this.#waiting.get(uid) ?? new Set();
      this.#waiting.set(uid, others.add(end));
    });
  }

  /** Takes what a list has: everything else is gone. */
  replace(pods: readonly NodePod[]): void {
    const known = this.#byRuntimeUid;
    this.#byName = new Map();
    this.#byRuntimeUid = new Map();
    for (const pod of pods) this.#set(sameNames(pod, known.get(pod.runtimeUid)));
  }

  /** Takes one change. A deletion of a pod that was replaced meanwhile says nothing of its successor. */
  apply({ type, item }: NodePodEvent): void {
    if (type !== 'deleted') {
      this.#set(sameNames(item, this.#byRuntimeUid.get(item.runtimeUid)));
      return;
    }
    const known = this.#byName.get(nameKey(item));
    if (known?.uid === item.uid) this.#remove(known);
  }

  #set(pod: NodePod): void {
    const previous = this.#byName.get(nameKey(pod));
    if (previous !== undefined) this.#remove(previous);
    this.#byName.set(nameKey(pod), pod);
    this.#byRuntimeUid.set(pod.runtimeUid, pod);
    for (const tell of [...(this.#waiting.get(pod.runtimeUid) ?? [])]) tell(pod);
  }

  #remove(pod: NodePod): void {
    this.#byName.delete(nameKey(pod));
    if (this.#byRuntimeUid.get(pod.runtimeUid) === pod) this.#byRuntimeUid.delete(pod.runtimeUid);
  }

  #forget(uid: string, end: (pod?: NodePod) => void): void {
    const others = this.#waiting.get(uid);
    others?.delete(end);
    if (others?.size === 0) this.#waiting.delete(uid);
  }
}

function nameKey({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  return `${namespace}/${name}`;
}

/**
 * `pod`, with the owner that it had when it was first seen: an owner that lets go of it, a label or an image that is
 * changed, must not give its running containers other names.
 */
function sameNames(pod: NodePod, known: NodePod | undefined): NodePod {
  const [first] = known?.instances ?? [];
  if (known === undefined || first === undefined) return pod;
  const instances = pod.instances.map(({ containerType, containerName }) => ({
    ...first,
    containerType,
    containerName,
  }));
  const { owner: _owner, ...rest } = pod;
  return { ...rest, instances, ...(known.owner && { owner: known.owner }) };
}
