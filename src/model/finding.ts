import type { AttributedEvent } from './attributed-event.ts';
import type { Container } from './container.ts';
import type { ProfileState } from './projected-profile.ts';

/** How much a rule needs the container's profile. Numbers are the public format's. */
export const PROFILE_DEPENDENCY = { required: 0, optional: 1, notRequired: 2 } as const;
export type ProfileDependency = (typeof PROFILE_DEPENDENCY)[keyof typeof PROFILE_DEPENDENCY];

/** What a finding says about the rule behind it. */
export interface FindingRule {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** 0 to 10: the rule's, or that of the binding by which it is used. */
  readonly severity: number;
  readonly profileDependency: ProfileDependency;
  readonly isTriggerAlert: boolean;
  readonly mitreTactic?: string;
  readonly mitreTechnique?: string;
  readonly tags: readonly string[];
}

/** A container about which something was found out that no event tells of. */
interface ContainerSubject {
  readonly container: Container;
  /** When it was found out: milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly event?: undefined;
  readonly process?: undefined;
}

/** What was found, of which event or container, and why. */
export interface Finding {
  readonly rule: FindingRule;
  readonly subject: AttributedEvent | ContainerSubject;
  readonly message: string;
  /** What makes two findings of one rule in one container the same, before hashing. */
  readonly uniqueId: string;
  /** The profile it was judged by; undefined when the rule needs none and there was none. */
  readonly profile?: (ProfileState & { readonly checksum: string }) | undefined;
  readonly reason: {
    /** The expressions that were true; none when it was not an expression that found it. */
    readonly expressions: readonly string[];
    /** The entry of the profile most like what happened, as a person would write it, and its origin. */
    readonly nearest?: string | undefined;
  };
}
