import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';
import type { ContainerType } from '#model/container.js';
import type { ProfileSurface } from '#model/profile-needs.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { CacheState, ChangeReason } from './cache-change.ts';
import type { ContainerLife } from './container-life.ts';
import { type EntryCount, sumOfEntries } from './entry-count.ts';
import type { HeldProfile, PooledProfile } from './profile-pool.ts';
import type { SourceView } from './profile-source.ts';

/** One container in the cache, for people. Times are in milliseconds since the Unix epoch. */
export interface CacheEntryView {
  readonly containerId: string;
  /** Undefined, as everything below that depends on it, until its identity is known. */
  readonly containerName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly podName?: string | undefined;
  readonly podUid?: string | undefined;
  /** In which list of the pod spec it stands. */
  readonly containerType?: ContainerType | undefined;
  /** It ran before the agent watched. */
  readonly preExisting?: boolean | undefined;
  readonly state: CacheState;
  readonly reason: ChangeReason;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  /** What would change its state. */
  readonly wouldChange: string;
  /** The profile it has; the one it waits for while it has none. */
  readonly profileName?: string | undefined;
  readonly status?: ProfileStatus | undefined;
  readonly completion?: ProfileCompletion | undefined;
  readonly isEnforced: boolean;
  readonly sources: readonly SourceView[];
  /** What its profile holds alone, without the strings that profiles share. Undefined without a profile. */
  readonly sizeBytes?: number | undefined;
  /** How many containers have this very profile, this one included. */
  readonly sharedBy?: number | undefined;
  /** Entries by surface, in the sources and kept for the rules. */
  readonly entries?: Readonly<Record<ProfileSurface, EntryCount>> | undefined;
  /** When it was last compared with what is known of the store. */
  readonly lastRefreshMs?: number | undefined;
  /** When something will be tried again. Undefined when nothing will. */
  readonly nextRetryMs?: number | undefined;
}

/** What is to be told about a life. */
export function viewOf(
  life: ContainerLife,
  held: HeldProfile | undefined,
  nextTickMs: number | undefined,
): CacheEntryView {
  const { container, built } = life;
  const { status, completion, name } = built?.entry.state ?? {};
  const isLeaving = life.state === 'leaving';
  return {
    containerId: life.containerId,
    containerName: container?.name,
    namespace: container?.namespace,
    podName: container?.pod?.name,
    podUid: life.podUid || undefined,
    containerType: container?.instanceId.containerType,
    preExisting: container?.preExisting,
    state: life.state,
    reason: life.reason,
    sinceMs: life.sinceMs,
    wouldChange: wouldChange(life),
    profileName: name ?? container?.profileName,
    status,
    completion,
    isEnforced: built?.entry.isEnforced ?? false,
    sources: life.sources?.all.map((source) => source.view()) ?? [],
    sizeBytes: held?.pooled.compiled.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sharedBy: held?.holders,
    entries: held && entriesOf(held.pooled),
    lastRefreshMs: life.lastRoundMs,
    nextRetryMs: isLeaving ? undefined : (life.nextTryMs ?? nextTickMs),
  };
}

/** Added up once for all containers that have the profile. */
function entriesOf(pooled: PooledProfile): PooledProfile['entries'] {
  pooled.entries ??= sumOfEntries(pooled.compiled);
  return pooled.entries;
}

/** Why a container has no profile, in words that go into its profile state. */
export function whyMissing(life: ContainerLife): string {
  const name = `${life.container?.namespace}/${life.container?.profileName}`;
  const failure = life.sources?.all.find(({ error }) => error !== undefined)?.error;
  switch (life.reason) {
    case 'no-profile':
      return `there is no profile ${name} yet`;
    case 'profile-deleted':
      return `profile ${name} was deleted`;
    case 'partial-profile':
      return `profile ${name} is partial and comes from an earlier life of the container`;
    case 'store-failed':
      return `profile ${name} could not be read: ${failure ?? 'no answer yet'}`;
    case 'invalid-profile':
      return `profile ${name} cannot be used: ${failure ?? life.refusal}`;
    case 'reading-sources':
      return `profile ${name} is being read`;
    case 'identity-timeout':
      return `container ${life.containerId} has not been identified in the time given to it`;
    default:
      return `container ${life.containerId} is not identified yet`;
  }
}

function wouldChange({ state, reason, built }: ContainerLife): string {
  if (state === 'leaving') return 'nothing: it goes when its grace is over';
  if (reason === 'reading-sources') return 'the first answers of the store';
  if (state === 'waiting') return 'its identity, and then the first answers of the store';
  if (reason === 'partial-profile') {
    return 'the end of its own learning, a complete profile, or an overlay';
  }
  if (reason === 'store-failed') return 'an answer of the store';
  if (reason === 'invalid-profile') return 'a new version of the stored profile';
  if (state === 'pending') return 'a learned or user-defined profile, or an overlay';
  return built ? whatNext(built.entry) : '';
}

function whatNext({ isEnforced, state: { status, error } }: ContainerProfileEntry): string {
  if (isEnforced) return 'a new version of one of its sources, or its removal';
  if (error !== undefined) return 'an answer of the store about the learned profile';
  if (status === 'ready' || status === 'initializing') {
    return 'the end of learning: the profile is not judged by before';
  }
  return 'a new version of its profile: this one was not learned to the end';
}
