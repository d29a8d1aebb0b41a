import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { uidOf } from './sample-pod.ts';

interface OwnerFields {
  readonly uid?: string;
  readonly owner?: readonly [apiVersion: string, kind: string, name: string];
  readonly selector?: unknown;
  readonly resourceVersion?: string;
}

/** An API server of objects by path, that answers when and how a test says. */
export class ScriptedApi {
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** Thrown by every call while it is set. */
  failure: AgentError | undefined;
  delayMs = 0;
  readonly #clock: Clock;
  readonly #objects = new Map<string, unknown>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Serves an object under `path`; its uid is that of the samples. */
  serve(path: string, { uid, owner, selector, resourceVersion = '41' }: OwnerFields = {}): void {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const ownerReferences = owner && [
      { apiVersion: owner[0], kind: owner[1], name: owner[2], uid: uidOf(owner[2]) },
    ];
    this.#objects.set(path, {
      metadata: { name, uid: uid ?? uidOf(name), resourceVersion, ownerReferences },
      spec: { selector },
    });
  }

  async get(path: string, { signal }: { readonly signal: AbortSignal }): Promise<unknown> {
    this.asked.push(path);
    if (this.delayMs > 0) await this.#clock.sleep(this.delayMs, signal);
    if (this.failure !== undefined) throw this.failure;
    const object = this.#objects.get(path);
    if (object === undefined) throw new AgentError('not-found', `${path} not found`);
    return object;
  }
}
