import type { Alert } from '#model/alert.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { evidenceOf } from './ocsf-evidence.ts';
import { type SeverityWord, severityWord } from './severity.ts';

/** Version of the Open Cybersecurity Schema Framework whose words are used: https://schema.ocsf.io/1.5.0/ */
const SCHEMA_VERSION = '1.5.0';
const FINDINGS = { category_uid: 2, category_name: 'Findings' } as const;
const DETECTION = { class_uid: 2004, class_name: 'Detection Finding' } as const;
const CREATE = { activity_id: 1, activity_name: 'Create' } as const;

const SEVERITY: Readonly<Record<SeverityWord, readonly [id: number, name: string]>> = {
  none: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

type OcsfObject = Readonly<Record<string, unknown>>;

/**
 * The alert as a Detection Finding of OCSF (class 2004). What has no place there stands in `unmapped`, by the
 * names of the alert; what is about no container has none. The same alert always gives the same object; its `finding_info.uid` is the idempotency key.
 */
export function ocsfOf(alert: Alert): Readonly<Record<string, unknown>> {
  const [severity_id, severity] = SEVERITY[severityWord(alert.severity)];
  const time = parseTimestamp(alert.timestamp) ?? 0;
  return {
    ...FINDINGS,
    ...DETECTION,
    ...CREATE,
    type_uid: DETECTION.class_uid * 100 + CREATE.activity_id,
    type_name: `${DETECTION.class_name}: ${CREATE.activity_name}`,
    severity_id,
    severity,
    status_id: 1,
    status: 'New',
    time,
    is_alert: true,
    message: alert.message,
    metadata: metadataOf(alert),
    finding_info: findingInfoOf(alert, time),
    evidences: [evidenceOf(alert)],
    ...(alert.containerID !== '' && {
      resources: resourcesOf(alert),
      container: containerOf(alert),
    }),
    device: { hostname: alert.hostName, name: alert.nodeName, type_id: 1, type: 'Server' },
    ...(alert.fixSuggestions !== undefined && { remediation: { desc: alert.fixSuggestions } }),
    unmapped: unmappedOf(alert),
  };
}

function metadataOf({ agentVersion, idempotencyKey }: Alert): OcsfObject {
  return {
    version: SCHEMA_VERSION,
    uid: idempotencyKey,
    product: { name: 'Hullwatch', vendor_name: 'Hullwatch', version: agentVersion },
    profiles: ['container', 'host'],
  };
}

function findingInfoOf(alert: Alert, time: number): OcsfObject {
  const { idempotencyKey, alertName, message, ruleDescription, ruleID, mitreTactic } = alert;
  const { mitreTechnique, uniqueID } = alert;
  const tactic = mitreTactic && { tactic: { uid: mitreTactic } };
  const technique = mitreTechnique && { technique: { uid: mitreTechnique } };
  const attack = { ...tactic, ...technique };
  return {
    uid: idempotencyKey,
    uid_alt: uniqueID,
    title: alertName,
    desc: message === '' ? ruleDescription : message,
    first_seen_time: time,
    last_seen_time: time,
    analytic: { uid: ruleID, name: alertName, desc: ruleDescription, type_id: 1, type: 'Rule' },
    ...(Object.keys(attack).length > 0 && { attacks: [attack] }),
  };
}

function resourcesOf(alert: Alert): readonly OcsfObject[] {
  const cluster = alert.clusterName && { cluster_uid: alert.clusterName };
  const workload = {
    type: alert.workloadKind,
    name: alert.workloadName,
    namespace: alert.workloadNamespace,
    ...(alert.workloadUID !== undefined && { uid: alert.workloadUID }),
  };
  const container = {
    type: 'Container',
    uid: alert.containerID,
    name: alert.containerName,
    namespace: alert.namespace,
    ...(cluster && { data: cluster }),
  };
  if (alert.podName === undefined) return [container, workload];
  const pod = {
    type: 'Pod',
    uid: alert.podUID,
    name: alert.podName,
    namespace: alert.podNamespace,
    labels: Object.entries(alert.podLabels ?? {}).map(([name, value]) => `${name}=${value}`),
  };
  return [container, pod, workload];
}

function containerOf({
  containerID,
  containerName,
  image,
  imageDigest,
  podUID,
}: Alert): OcsfObject {
  return {
    uid: containerID,
    name: containerName,
    image: { uid: imageDigest || image, name: image },
    ...(podUID !== undefined && { orchestrator: 'Kubernetes', pod_uuid: podUID }),
  };
}

function unmappedOf(alert: Alert): OcsfObject {
  const { severity, isTriggerAlert, profileMetadata, profileCompleteness, reason } = alert;
  return {
    severity,
    isTriggerAlert,
    reason,
    arguments: alert.arguments,
    ...(profileMetadata && { profileMetadata }),
    ...(profileCompleteness && { profileCompleteness }),
    ...(alert.clusterName !== undefined && { clusterName: alert.clusterName }),
  };
}
