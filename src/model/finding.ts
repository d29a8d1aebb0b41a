import type { AttributedEvent } from './attributed-event.ts';
import type { ProfileState } from './projected-profile.ts';

/** How much a rule needs the container's profile. Numbers are the public format's. */
export const PROFILE_DEPENDENCY = { required: 0, optional: 1, notRequired: 2 } as const;
export type ProfileDependency = (typeof PROFILE_DEPENDENCY)[keyof typeof PROFILE_DEPENDENCY];

/** What a finding says about the rule behind it. */
export interface FindingRule {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** 1 to 10. */
  readonly severity: number;
  readonly profileDependency: ProfileDependency;
  readonly isTriggerAlert: boolean;
  readonly mitreTactic?: string;
  readonly mitreTechnique?: string;
  readonly tags: readonly string[];
}

/** A rule was true of an event, and why. */
export interface Finding {
  readonly rule: FindingRule;
  readonly subject: AttributedEvent;
  readonly message: string;
  /** What makes two findings of one rule in one container the same, before hashing. */
  readonly uniqueId: string;
  /** The profile it was judged by; undefined when the rule needs none and there was none. */
  readonly profile?: (ProfileState & { readonly checksum: string }) | undefined;
  readonly reason: {
    /** The expressions that were true. */
    readonly expressions: readonly string[];
    /** The entry of the profile most like what happened, as a person would write it. */
    readonly nearest?: string | undefined;
  };
}
