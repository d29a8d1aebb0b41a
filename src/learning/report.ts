import { ANNOTATION, LABEL, ZERO_TIME } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { formatInstanceId } from '#profile/instance-id.js';
import { instanceIdLabels } from '#profile/instance-id-labels.js';
import { cronJobName } from '#profile/pod-owner.js';
import { oneTimeName } from '#profile/slug.js';
import { formatWlid } from '#profile/wlid.js';
import { formatDuration } from '#runtime/duration.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { Observed } from './recording/observed.ts';
import type { Standing } from './report-series.ts';

/** Everything about one report but its container. */
export interface ReportFacts {
  /** Makes the report's name; no other report has it. */
  readonly hex32: string;
  /** One for each run of a container. */
  readonly seriesId: string;
  /** Undefined for the first report of the series. */
  readonly previousReportMs: number | undefined;
  /** Later than the previous one. */
  readonly reportMs: number;
  readonly standing: Standing;
  readonly learningPeriodMs: number;
  /** Empty when there is none to name. */
  readonly clusterName: string;
  /** As Go calls it, for example `amd64`; empty when it is not known. */
  readonly architecture: string;
  readonly observed: Observed;
}

const VALID_LABEL_VALUE = /^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

/** One report of a time series as the public storage takes it. Throws `invalid` when a name cannot be made. */
export function reportOf(container: Container, facts: ReportFacts): ContainerProfile {
  const { instanceId } = container;
  const workload = topWorkloadOf(container);
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: {
      name: oneTimeName(instanceId, facts.hex32),
      namespace: container.namespace,
      annotations: annotationsOf(container, facts),
      labels: validLabels({
        ...instanceIdLabels(instanceId),
        [LABEL.kind]: workload.kind,
        [LABEL.name]: workload.name,
        [LABEL.workloadResourceVersion]: container.workload?.resourceVersion ?? '',
        [LABEL.cluster]: facts.clusterName,
        [LABEL.learningPeriod]: formatDuration(facts.learningPeriodMs),
      }),
    },
    spec: {
      ...(facts.architecture !== '' && { architectures: [facts.architecture] }),
      ...facts.observed,
      imageTag: container.image,
      imageID: imageIdOf(container),
      ...selectorOf(container),
    },
  };
}

function annotationsOf(container: Container, facts: ReportFacts): Readonly<Record<string, string>> {
  const { namespace, instanceId } = container;
  const { standing, previousReportMs: previous } = facts;
  const { partialBecause } = standing;
  const workload = topWorkloadOf(container);
  return {
    [ANNOTATION.instanceId]: formatInstanceId(instanceId),
    [ANNOTATION.wlid]: formatWlid({ cluster: facts.clusterName, namespace, ...workload }),
    [ANNOTATION.completion]: partialBecause === undefined ? 'complete' : 'partial',
    [ANNOTATION.status]: standing.status,
    [ANNOTATION.containerType]: instanceId.containerType,
    [ANNOTATION.reportSeriesId]: facts.seriesId,
    [ANNOTATION.previousReportTimestamp]:
      previous === undefined ? ZERO_TIME : formatTimestamp(previous),
    [ANNOTATION.reportTimestamp]: formatTimestamp(facts.reportMs),
    [ANNOTATION.evidence]: JSON.stringify(standing.evidence),
    ...(partialBecause !== undefined && { [ANNOTATION.partialBecause]: partialBecause }),
  };
}

/** The selector of the workload at the top, when it is known to have one. */
function selectorOf({ workload }: Container) {
  const { matchLabels, matchExpressions } = workload ?? {};
  return {
    ...(matchLabels && Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions && matchExpressions.length > 0 && { matchExpressions }),
  };
}

/** A label that an API server would refuse is left out: the report matters more. */
function validLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).filter(([, value]) => VALID_LABEL_VALUE.test(value)),
  );
}

/**
 * The workload at the top, as the API server has it, else as far as names tell: a ReplicaSet is called like its Deployment with the
 * template hash appended, a CronJob's Job with the scheduled minute.
 */
function topWorkloadOf({ instanceId, workloadKind, workload }: Container) {
  if (workload !== undefined) return { kind: workload.kind, name: workload.name };
  const { kind, name, templateHash } = instanceId;
  if (workloadKind === 'Deployment' && kind === 'ReplicaSet' && templateHash) {
    const ending = `-${templateHash}`;
    if (name.endsWith(ending)) return { kind: workloadKind, name: name.slice(0, -ending.length) };
  }
  const cronJob = workloadKind === 'CronJob' && kind === 'Job' ? cronJobName(name) : undefined;
  return cronJob === undefined ? { kind, name } : { kind: workloadKind, name: cronJob };
}

/** `docker.io/library/nginx@sha256:…`: the reference without its tag, and the digest. */
function imageIdOf({ image, imageDigest }: Container): string {
  if (imageDigest === '') return '';
  const [reference = ''] = image.split('@');
  const colon = reference.lastIndexOf(':');
  const repository = colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference;
  return `${repository}@${imageDigest}`;
}
