import type { LeavingReason } from './cache-change.ts';
import type { ContainerLife } from './container-life.ts';
import { podVerdict, statusById } from './pod-verdict.ts';
import type { PodSource } from './ports.ts';

/**
 * Why a container is to leave by what is published about its pod; undefined when it stays.
 *
 * A container that Terminated leaves in any state. One that is merely absent leaves only when it
 * has a profile (a pending one never goes because the pods known here lag behind the runtime) and
 * has been absent for `confirmMs`: after a restart in place, the status still shows the container
 * before it for a while.
 */
export function reasonToLeave(
  life: ContainerLife,
  pods: PodSource,
  { nowMs, confirmMs }: { readonly nowMs: number; readonly confirmMs: number },
): LeavingReason | undefined {
  const { containerId, container } = life;
  if (!container?.pod) return undefined;
  const { name, pod } = container;
  const status = pods.podOf(pod.namespace, pod.name);
  if (life.podUid === '' && status && statusById(containerId, status)) life.podUid = status.uid;
  const verdict = podVerdict({ containerId, name, podUid: life.podUid }, status);
  if (verdict === 'terminated') return 'terminated';
  life.absentSinceMs = verdict === 'absent' ? (life.absentSinceMs ?? nowMs) : undefined;
  const isConfirmed = life.absentSinceMs !== undefined && nowMs - life.absentSinceMs >= confirmMs;
  return isConfirmed && life.state === 'cached' ? 'absent-from-pod' : undefined;
}
