import { ANNOTATION, ZERO_TIME } from '#model/annotations.js';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type ContainerProfileSpec,
  type ObjectMeta,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import { formatTimestamp } from '#runtime/timestamp.js';

/** 2026-01-31T12:00:00Z. */
const NOON_MS = 1_769_860_800_000;

/** A profile by the name `web` in `shop`, with what is given instead. */
export function aProfile({
  name = 'web',
  namespace = 'shop',
  annotations,
  spec = { execs: [{ path: '/bin/sh', args: ['sh', '-c'] }], opens: [{ path: '/etc/hosts' }] },
  ...metadata
}: Partial<ObjectMeta> & { readonly spec?: ContainerProfileSpec } = {}): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace, ...metadata, ...(annotations && { annotations }) },
    spec,
  };
}

/** The same for an ApplicationProfile. */
export function anApplicationProfile(metadata: Partial<ObjectMeta> = {}): ApplicationProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ApplicationProfile',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { containers: [{ name: 'web', execs: [{ path: '/bin/sh' }] }] },
  };
}

/** Annotations of a learned profile in this state, as `status/completion`. */
export function inState(state: string): Readonly<Record<string, string>> {
  const [status = '', completion = ''] = state.split('/');
  return { [ANNOTATION.status]: status, [ANNOTATION.completion]: completion };
}

/** The state of a profile, as `status/completion`. */
export function stateOf(profile: { readonly metadata: ObjectMeta } | undefined): string {
  const annotations = profile?.metadata.annotations ?? {};
  return `${annotations[ANNOTATION.status]}/${annotations[ANNOTATION.completion]}`;
}

/** What a report says beside its times. */
export interface ReportOptions {
  readonly profile?: string;
  readonly namespace?: string;
  readonly series?: string;
  /** Ending of its name; one made of its times when absent. */
  readonly suffix?: string;
  /** `status/completion`. */
  readonly state?: string;
  readonly spec?: ContainerProfileSpec;
}

/**
 * A report over the minutes from `from` to `to` of one day: `aReport([0, 10])` is the first of its
 * series. A string stands for itself.
 */
export function aReport(
  [from, to]: readonly [number | string, number | string],
  {
    profile = 'web',
    namespace = 'shop',
    series = 'first-run',
    suffix = `from${from}to${to}`.replace(/[^a-z0-9]/g, ''),
    state = 'ready/complete',
    spec = { opens: [{ path: `/data/${series}/${from}-${to}`, flags: ['O_RDONLY'] }] },
  }: ReportOptions = {},
): ContainerProfile {
  return aProfile({
    name: `${profile}-${suffix}`,
    namespace,
    labels: { 'kubescape.io/workload-kind': 'Deployment' },
    annotations: {
      ...inState(state),
      [ANNOTATION.instanceId]: `apiVersion-apps/v1/namespace-${namespace}/kind-ReplicaSet/name-${profile}/containerName-c`,
      [ANNOTATION.reportSeriesId]: series,
      [ANNOTATION.previousReportTimestamp]: minute(from),
      [ANNOTATION.reportTimestamp]: minute(to),
    },
    spec,
  });
}

/** Milliseconds since the epoch of a minute that {@link aReport} counts by. */
export function minuteMs(minutes: number): number {
  return NOON_MS + minutes * 60_000;
}

function minute(time: number | string): string {
  if (typeof time === 'string') return time;
  return time === 0 ? ZERO_TIME : formatTimestamp(minuteMs(time));
}
