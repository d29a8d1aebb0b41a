import { VirtualClock } from '#runtime/virtual-clock.js';
import type { ProfileLookup } from '../profile-lookup.ts';
import { RuleHost, type RuleHostOptions } from '../rule-host.ts';
import { NO_SURROUNDINGS } from '../surroundings.ts';
import { FixedProfiles } from './fixed-profiles.ts';

/** A host among these profiles, without surroundings and on a clock of its own but for what is given. */
export function aHost(
  profiles: ProfileLookup = new FixedProfiles(),
  others: Partial<RuleHostOptions> = {},
): RuleHost {
  return new RuleHost({
    profiles,
    surroundings: NO_SURROUNDINGS,
    clock: new VirtualClock(),
    ...others,
  });
}
