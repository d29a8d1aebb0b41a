import type { AlertQuestions } from '#agent/alert-questions.js';
import { AgentError } from '#model/agent-error.js';
import { PROFILE_SURFACES, type ProfileSurface } from '#model/profile-needs.js';
import type { ProfileAnswer, ProfileQuestion } from '#model/profile-question.js';
import type { CacheEntryView, Observed } from '../observed.ts';

/** The moment at which the views of {@link VIEWS} were taken: 2026-01-31T12:00:00Z. */
export const VIEWED_MS = 1_769_860_800_000;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type Source = CacheEntryView['sources'][number];

const source = (role: Source['role'], name: string, rest: Partial<Source> = {}): Source => ({
  role,
  kind: role.endsWith('network')
    ? 'NetworkNeighborhood'
    : role.endsWith('application')
      ? 'ApplicationProfile'
      : 'ContainerProfile',
  namespace: 'shop',
  name,
  presence: 'absent',
  ...rest,
});

const present = (resourceVersion: string) => ({ presence: 'present', resourceVersion }) as const;

/** Counts of entries for the surfaces that have some. */
const entries = (
  counts: Partial<Record<ProfileSurface, readonly [kept: number, stored: number]>>,
) =>
  Object.fromEntries(
    PROFILE_SURFACES.map((surface) => {
      const [kept, stored] = counts[surface] ?? [0, 0];
      return [surface, { kept, stored }];
    }),
  ) as Record<ProfileSurface, { readonly kept: number; readonly stored: number }>;

const aView = (
  rest: Partial<CacheEntryView> & { readonly containerId: string },
): CacheEntryView => ({
  namespace: 'shop',
  podUid: '0d7a1f6e-7c1c-4a83-9c9e-1f0c8f1f2a11',
  containerType: 'containers',
  preExisting: false,
  state: 'cached',
  reason: 'profile-found',
  sinceMs: VIEWED_MS - 3 * MINUTE,
  wouldChange: 'a new version of one of its sources, or its removal',
  isEnforced: true,
  sources: [],
  lastRefreshMs: VIEWED_MS - 12 * SECOND,
  nextRetryMs: VIEWED_MS + 18 * SECOND,
  ...rest,
});

const id = (beginning: string) => beginning.padEnd(64, '0');

/** One container in each condition that a reader may meet, in the order of adding. */
export const VIEWS = {
  learned: aView({
    containerId: id('5d01c3a9f7e2'),
    podName: 'web-6d4cf56db6-x2x7k',
    containerName: 'web',
    profileName: 'replicaset-web-6d4cf56db6-web-1ba5-4aaf',
    status: 'completed',
    completion: 'complete',
    sinceMs: VIEWED_MS - 26 * 60 * MINUTE,
    sources: [
      source('learned', 'replicaset-web-6d4cf56db6-web-1ba5-4aaf', present('812')),
      source('managed-application', 'ug-replicaset-web-6d4cf56db6'),
      source('managed-network', 'ug-replicaset-web-6d4cf56db6'),
    ],
    sizeBytes: 13_210,
    sharedBy: 3,
    entries: entries({ opens: [312, 1_204], execs: [9, 9], syscalls: [0, 110] }),
  }),
  pending: aView({
    containerId: id('91be77d04c15'),
    podName: 'cart-0',
    containerName: 'cart',
    profileName: 'statefulset-cart-cart-77aa-1b2c',
    state: 'pending',
    reason: 'no-profile',
    sinceMs: VIEWED_MS - 95 * SECOND,
    wouldChange: 'a learned or user-defined profile, or an overlay',
    isEnforced: false,
    sources: [
      source('learned', 'statefulset-cart-cart-77aa-1b2c'),
      source('managed-application', 'ug-statefulset-cart'),
      source('managed-network', 'ug-statefulset-cart'),
    ],
  }),
  overlaid: aView({
    containerId: id('5d01e88a0b34'),
    podName: 'db-0',
    containerName: 'postgres',
    profileName: 'statefulset-db-postgres-90fe-aa10',
    reason: 'profile-changed',
    status: 'completed',
    completion: 'partial',
    sources: [
      source('learned', 'statefulset-db-postgres-90fe-aa10', present('640')),
      source('managed-application', 'ug-statefulset-db', present('655')),
      source('managed-network', 'ug-statefulset-db'),
      source('authored-for-container', 'db-defined-postgres', {
        ...present('12'),
        refusal: 'it was learned, not written by a person',
      }),
    ],
    preExisting: true,
    sizeBytes: 20_480,
    sharedBy: 1,
    entries: entries({ opens: [88, 420], execs: [14, 14] }),
  }),
  failing: aView({
    containerId: id('c0ffee123456'),
    podName: 'db-0',
    containerName: 'init-schema',
    containerType: 'initContainers',
    profileName: 'statefulset-db-init-schema-11aa-22bb',
    state: 'pending',
    reason: 'store-failed',
    sinceMs: VIEWED_MS - 40 * SECOND,
    wouldChange: 'an answer of the store',
    isEnforced: false,
    sources: [
      source('learned', 'statefulset-db-init-schema-11aa-22bb', {
        presence: 'unknown',
        error: 'the store took longer than 5000 ms',
      }),
      source('managed-application', 'ug-statefulset-db'),
      source('managed-network', 'ug-statefulset-db'),
    ],
    nextRetryMs: VIEWED_MS - 1,
  }),
  leaving: aView({
    containerId: id('77aa00bb11cc'),
    namespace: 'batch',
    podName: 'report-29484000-q8w2z',
    containerName: 'report',
    profileName: 'cronjob-report-report-5555-6666',
    state: 'leaving',
    reason: 'removed',
    status: 'ready',
    completion: 'complete',
    sinceMs: VIEWED_MS - 4 * SECOND,
    wouldChange: 'nothing: it goes when its grace is over',
    isEnforced: false,
    sources: [
      source('learned', 'cronjob-report-report-5555-6666', {
        namespace: 'batch',
        ...present('700'),
      }),
    ],
    sizeBytes: 900,
    sharedBy: 1,
    entries: entries({ opens: [20, 20], execs: [2, 2] }),
    nextRetryMs: undefined,
  }),
  waiting: {
    containerId: id('e1e2e3e4e5e6'),
    state: 'waiting',
    reason: 'identity-unknown',
    sinceMs: VIEWED_MS - 2 * SECOND,
    wouldChange: 'its identity, and the first answer of the store',
    isEnforced: false,
    sources: [],
  },
} as const satisfies Record<string, CacheEntryView>;

/** Which entries allow what, in {@link VIEWS.learned}. */
function explainLearned(question: ProfileQuestion): ProfileAnswer {
  const { profileName: name, namespace } = VIEWS.learned;
  const origin = {
    role: 'learned',
    kind: 'ContainerProfile',
    namespace: namespace ?? '',
    name: name ?? '',
    resourceVersion: '812',
  } as const;
  const isShell =
    question.surface === 'execs' && (question.args === undefined || question.args[0] === 'sh');
  if (isShell) return { allowedBy: [{ entry: 'exec /bin/sh [sh -c ⋯]', origin }] };
  if (question.surface !== 'opens') return { allowedBy: [] };
  return { allowedBy: [], nearest: { entry: 'open /etc/⋯/config [O_RDONLY]', origin } };
}

const NO_ALERT = new AgentError('not-found', 'there is no such alert');

/** An agent that has raised no alert. */
export const NO_ALERTS: AlertQuestions = {
  recent: () => [],
  alert: () => Promise.reject(NO_ALERT),
  explainAlert: () => Promise.reject(NO_ALERT),
  explainEvent: async () => [],
  overlayFor: () => Promise.reject(NO_ALERT),
};

/** What an agent with these containers shows; changing the array changes what it shows. */
export function observing(
  views: readonly CacheEntryView[] = Object.values(VIEWS),
  rest: Partial<Observed> = {},
): Observed {
  return {
    metrics: { render: async () => 'up 1\n', contentType: 'text/plain; version=0.0.4' },
    health: { conditions: () => [] },
    containers: () => views,
    container: (asked) => views.find(({ containerId }) => containerId === asked),
    explain: (asked, question) =>
      asked === VIEWS.learned.containerId ? explainLearned(question) : undefined,
    alerts: NO_ALERTS,
    accounting: () => ({ emitted: 3 }),
    ...rest,
  };
}
