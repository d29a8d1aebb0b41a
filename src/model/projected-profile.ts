import type { ProfileCompletion, ProfileStatus } from './annotations.ts';
import type { ExecCall, OpenCall, RulePolicy } from './profile.ts';

/** A profile compiled for questions. Made by `profile/`, shared between containers, never changed. */
export interface ProjectedProfile {
  /** The path stands in the profile, by itself or through a pattern. */
  wasExecuted(path: string): boolean;
  /** The path stands there with an argument vector that matches `args`. */
  wasExecutedWithArgs(path: string, args: readonly string[]): boolean;
  /** The path stands there, by itself or through a pattern. */
  wasPathOpened(path: string): boolean;
  /** The same, and one matching entry has all of `flags`. */
  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean;
  /** The entry most like `path`, to explain a miss. Not for the hot path. */
  nearestExec(path: string): ExecCall | undefined;
  /** The entry most like `path`, to explain a miss. Not for the hot path. */
  nearestOpen(path: string): OpenCall | undefined;
  /** What a rule's policy allows, by rule id. */
  policyOf(ruleId: string): RulePolicy | undefined;
  /** Content checksum of what was projected. */
  readonly checksum: string;
}

/** What is known about a container's profile, apart from its content. */
export interface ProfileState {
  readonly name: string;
  readonly status?: ProfileStatus | undefined;
  readonly completion?: ProfileCompletion | undefined;
  /** Why there is no profile, or why it is not what one would expect. */
  readonly error?: string | undefined;
}

/** A container's profile and how far it can be trusted. */
export interface ContainerProfileEntry {
  readonly profile: ProjectedProfile;
  readonly state: ProfileState;
  /** Rules judge by it: learning is over, or enforcing while learning was configured. */
  readonly isEnforced: boolean;
}
