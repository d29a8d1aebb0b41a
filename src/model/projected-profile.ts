import type { ProfileCompletion, ProfileStatus } from './annotations.ts';
import type { CallStackTree } from './call-stack-tree.ts';
import type { RulePolicy } from './profile.ts';
import type { ProfileNeeds } from './profile-needs.ts';
import type { ProfileAnswer, ProfileQuestion } from './profile-question.ts';

/** Which side opened a connection: `egress` from the container, `ingress` to it. */
export type Direction = 'egress' | 'ingress';

/**
 * A profile compiled for questions. Made by `profile/`, shared between containers, never changed.
 * Matching is that of docs/rules.md; what `needs` does not name is not held and answered by false.
 */
export interface ProjectedProfile {
  /** The path stands in the profile, by itself or through a pattern. */
  wasExecuted(path: string): boolean;
  /** The path stands there with an argument vector that matches `args`. */
  wasExecutedWithArgs(path: string, args: readonly string[]): boolean;
  /** The path stands there, by itself or through a pattern. */
  wasPathOpened(path: string): boolean;
  /** The same, and one matching entry has all of `flags`. */
  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean;
  /** A path that begins so stands there. Without regard to where segments end. */
  wasPathOpenedWithPrefix(prefix: string): boolean;
  /** A path that ends so stands there. Without regard to where segments begin. */
  wasPathOpenedWithSuffix(suffix: string): boolean;
  wasSyscallUsed(name: string): boolean;
  wasCapabilityUsed(name: string): boolean;
  /** The endpoint (`:port/path`) stands there, by itself or through a pattern; port 0 is any port. */
  wasEndpointAccessed(endpoint: string): boolean;
  /** The same, and one matching entry has all of `methods`. */
  wasEndpointAccessedWithMethods(endpoint: string, methods: readonly string[]): boolean;
  wasEndpointAccessedWithPrefix(prefix: string): boolean;
  wasEndpointAccessedWithSuffix(suffix: string): boolean;
  /** An endpoint of that host stands there. */
  wasHostAccessed(host: string): boolean;
  /** The address stands there, by itself, in a network or as `*`. */
  wasAddressIn(direction: Direction, address: string): boolean;
  /** The same, and the matching neighbor has that port and protocol. */
  wasAddressPortProtocolIn(
    direction: Direction,
    address: string,
    [port, protocol]: readonly [number, string],
  ): boolean;
  /** The domain stands there, by itself or through a pattern. */
  isDomainIn(direction: Direction, domain: string): boolean;
  /** What a rule's policy allows, by rule id. */
  policyOf(ruleId: string): RulePolicy | undefined;
  /** Which entries allow something, or the one most like it. For people, not for the hot path. */
  explain(question: ProfileQuestion): ProfileAnswer;
  readonly callStacks: CallStackTree;
  /** What was kept when it was compiled. */
  readonly needs: ProfileNeeds;
  /** Equal for profiles that answer every question alike. */
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
