/** Keys that the public profile objects carry. All are shared with kubescape's node-agent and storage. */
const PREFIX = 'kubescape.io/';

/** Annotation keys of profiles. */
export const ANNOTATION = {
  status: `${PREFIX}status`,
  completion: `${PREFIX}completion`,
  wlid: `${PREFIX}wlid`,
  instanceId: `${PREFIX}instance-id`,
  syncChecksum: `${PREFIX}sync-checksum`,
  resourceSize: `${PREFIX}resource-size`,
  /** Its presence makes a ContainerProfile a time-series object. */
  reportSeriesId: `${PREFIX}report-series-id`,
  previousReportTimestamp: `${PREFIX}previous-report-timestamp`,
  reportTimestamp: `${PREFIX}report-timestamp`,
  containerType: `${PREFIX}workload-container-type`,
  managedBy: `${PREFIX}managed-by`,
  /** Ours: what a series of reports saw and missed, as JSON (`LearningEvidence`). */
  evidence: 'hullwatch.io/evidence',
  /** Ours: why the completion is `partial`, for people; absent when it is `complete`. */
  partialBecause: 'hullwatch.io/partial-because',
  /** Ours: time of the newest report that was merged, so that order of arrival makes no difference. */
  newestReport: 'hullwatch.io/newest-report',
  /** Ours, where a server only stores: the runs of reports that the profile is made of, as JSON. */
  timeSeries: 'hullwatch.io/time-series',
} as const;

/** Label keys of profiles. */
export const LABEL = {
  apiGroup: `${PREFIX}workload-api-group`,
  apiVersion: `${PREFIX}workload-api-version`,
  namespace: `${PREFIX}workload-namespace`,
  kind: `${PREFIX}workload-kind`,
  name: `${PREFIX}workload-name`,
  containerName: `${PREFIX}workload-container-name`,
  templateHash: `${PREFIX}instance-template-hash`,
  workloadResourceVersion: `${PREFIX}workload-resource-version`,
  cluster: `${PREFIX}cluster`,
  learningPeriod: `${PREFIX}learning-period`,
} as const;

/** Label keys that people put on their pods. */
export const POD_LABEL = {
  userDefinedProfile: `${PREFIX}user-defined-profile`,
  maxSniffingTime: `${PREFIX}max-sniffing-time`,
} as const;

/** Where learning of a profile stands. `ready` means that it is still being learned. */
export const PROFILE_STATUSES = [
  'initializing',
  'ready',
  'completed',
  'incomplete',
  'failed',
  'too-large',
] as const;
export type ProfileStatus = (typeof PROFILE_STATUSES)[number];

/** `complete`: seen from the container's start without loss; everything else is `partial`. */
export type ProfileCompletion = 'partial' | 'complete';

/** The previous-report timestamp of the first report of a series. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Prefix of the names of user-managed profiles. */
export const USER_MANAGED_PREFIX = 'ug-';
