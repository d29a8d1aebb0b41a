import type { Metrics } from '#metrics/metrics.js';
import type { RuleKeeper } from './rule-keeper.ts';

/** Registers which rules are loaded, and how often that was tried. Call once an agent. */
export function registerRuleKeeperMetrics(
  metrics: Metrics,
  keeper: Pick<RuleKeeper<unknown>, 'rules' | 'bindings' | 'counts' | 'loadedAtMs'>,
): void {
  metrics.gauged(
    {
      name: 'hullwatch_rules_loaded',
      help: 'Rules by state: used, unused (disabled, or for other versions), left_out (wrong).',
      labels: ['state'],
    },
    () => {
      const { used, unused, leftOut } = keeper.rules;
      return Object.entries({ used, unused, left_out: leftOut }).map(([state, value]) => ({
        value,
        labels: { state },
      }));
    },
  );
  metrics.gauged(
    { name: 'hullwatch_rule_bindings_loaded', help: 'Bindings of rules to pods that are used.' },
    () => [{ value: keeper.bindings }],
  );
  metrics.counted(
    {
      name: 'hullwatch_rules_reloads_total',
      help: 'Looks at the places of the rules after a change there: loaded, unchanged, or refused (something is wrong, the rules of before stay).',
      labels: ['result'],
    },
    () => Object.entries(keeper.counts).map(([result, value]) => ({ value, labels: { result } })),
  );
  metrics.gauged(
    {
      name: 'hullwatch_rules_last_load_timestamp_seconds',
      help: 'When the rules in use were loaded.',
    },
    () => [{ value: keeper.loadedAtMs / 1_000 }],
  );
}
