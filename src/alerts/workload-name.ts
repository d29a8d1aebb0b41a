import type { Container } from '#model/container.js';
import { cronJobName } from '#profile/pod-owner.js';

/**
 * The name of the workload that people know: that of the Deployment behind a ReplicaSet and of the
 * CronJob behind a Job, when the container says it belongs to one; else the owner's own.
 */
export function workloadNameOf({ instanceId, workloadKind }: Container): string {
  const { kind, name, templateHash } = instanceId;
  if (kind === 'ReplicaSet' && workloadKind === 'Deployment') {
    const end = `-${templateHash ?? ''}`;
    return end !== '-' && name.endsWith(end) ? name.slice(0, -end.length) : name;
  }
  if (kind === 'Job' && workloadKind === 'CronJob') return cronJobName(name) ?? name;
  return name;
}
