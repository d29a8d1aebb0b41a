import { createHash } from 'node:crypto';
import type { Alert } from '#model/alert.js';
import type { Container } from '#model/container.js';
import { type Finding, PROFILE_DEPENDENCY } from '#model/finding.js';
import { redactText } from '#profile/redact.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { eventArguments, eventIdentifiers, eventRequest } from './event-details.ts';
import { timeOf } from './finding-time.ts';
import { completenessOf, reasonOf, suggestionFor } from './finding-words.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { commandLine, processFields } from './process-tree.ts';
import { workloadNameOf } from './workload-name.ts';

/** Which agent speaks. */
export interface NodeIdentity {
  readonly nodeName: string;
  readonly hostName: string;
  readonly agentVersion: string;
  /** Absent when nobody said. */
  readonly clusterName?: string;
}

/** The tag that says a rule judges by the network part of a profile. */
const NETWORK_TAG = 'networkprofile';

/**
 * The alert that a finding becomes: the public RuntimeAlert shape, as far as there are values for
 * it, with secrets redacted wherever a process could have put one. Throws only on a time that is
 * none.
 */
export function alertFromFinding(finding: Finding, node: NodeIdentity): Alert {
  const { rule, subject } = finding;
  const { event, container } = subject;
  const timeMs = timeOf(finding);
  const message = redactText(finding.message);
  const idempotencyKey = idempotencyKeyOf(finding, node.nodeName);
  return {
    alertName: rule.name,
    alertType: 0,
    alertSourcePlatform: container.pod === undefined ? 2 : 1,
    ruleID: rule.id,
    ruleDescription: rule.description,
    severity: rule.severity,
    isTriggerAlert: rule.isTriggerAlert,
    message,
    uniqueID: hashOf(finding.uniqueId),
    timestamp: formatTimestamp(timeMs),
    nanoseconds: Math.floor((timeMs % 1_000) * 1e6),
    agentVersion: node.agentVersion,
    ...suggestionFor(finding, idempotencyKey),
    ...(event && { infectedPID: event.pid }),
    arguments: argumentsOf(finding, message),
    identifiers: identifiersOf(subject),
    ...profileMetadataOf(finding),
    ...(event && eventRequest(event)),
    ...(node.clusterName && { clusterName: node.clusterName }),
    ...containerFields(container),
    nodeName: node.nodeName,
    hostName: node.hostName,
    ...(subject.event && processFields(subject)),
    ...(rule.mitreTactic !== undefined && { mitreTactic: rule.mitreTactic }),
    ...(rule.mitreTechnique !== undefined && { mitreTechnique: rule.mitreTechnique }),
    idempotencyKey,
    reason: reasonOf(finding),
    ...completenessOf(finding),
  };
}

/** What stands for a unique id outside: md5 in hex, a name and no protection. */
export function hashOf(uniqueId: string): string {
  return createHash('md5').update(uniqueId).digest('hex');
}

function argumentsOf({ subject: { event }, profile }: Finding, message: string) {
  const checksum = profile?.checksum;
  return {
    message,
    ...(checksum && { apChecksum: checksum }),
    ...(event && eventArguments(event)),
  };
}

function identifiersOf({ event, process }: Finding['subject']): Alert['identifiers'] {
  if (event === undefined) return {};
  const args = event.type === 'exec' ? event.args : process.args;
  return {
    process: { name: event.comm, commandLine: commandLine(args, event.comm) },
    ...eventIdentifiers(event),
  };
}

function profileMetadataOf({ rule, profile }: Finding): Pick<Alert, 'profileMetadata'> {
  if (profile === undefined || rule.profileDependency === PROFILE_DEPENDENCY.notRequired) return {};
  const { name, status, completion, error } = profile;
  return {
    profileMetadata: {
      status: status ?? '',
      completion: completion ?? '',
      name,
      failOnProfile: status === 'completed',
      type: rule.tags.includes(NETWORK_TAG) ? 1 : 0,
      profileDependency: rule.profileDependency,
      ...(error !== undefined && { errorMessage: error }),
    },
  };
}

function containerFields(container: Container) {
  const { pod } = container;
  return {
    containerID: container.id,
    containerName: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    namespace: container.namespace,
    ...(pod !== undefined && {
      podName: pod.name,
      podNamespace: pod.namespace,
      podUID: pod.uid,
      podLabels: pod.labels,
    }),
    workloadName: workloadNameOf(container),
    workloadNamespace: container.namespace,
    workloadKind: container.workloadKind,
    ...(container.workload?.uid !== undefined && { workloadUID: container.workload.uid }),
  };
}
