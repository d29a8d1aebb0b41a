import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { CompiledRule } from '../compiled-rule.ts';
import { RuleEngine, type RuleEngineOptions } from '../rule-engine.ts';
import { type RuleSet, ruleSetOf } from '../rule-set.ts';
import { NO_SURROUNDINGS } from '../surroundings.ts';
import { FixedProfiles } from './fixed-profiles.ts';

/** An engine that knows no profile and nothing of the world around; parts as given. */
export function engineWith(
  rules: RuleSet | readonly CompiledRule[],
  parts: Partial<Omit<RuleEngineOptions, 'rules'>> = {},
): RuleEngine {
  return new RuleEngine({
    rules: 'bindings' in rules ? rules : ruleSetOf(rules),
    profiles: new FixedProfiles(),
    surroundings: NO_SURROUNDINGS,
    clock: new VirtualClock(),
    log: silentLogger,
    ...parts,
  });
}
