import type { Metrics, Reading } from '#metrics/metrics.js';
import { ERROR_STAGES, type RuleCounts, SKIP_REASONS } from './rule-counts.ts';
import type { RuleEngine } from './rule-engine.ts';

/** Registers what the rules count. Names are the public system's where it has them. */
export function registerRuleMetrics(metrics: Metrics, engine: Pick<RuleEngine, 'counts'>): void {
  const perRule = (read: (counts: Readonly<RuleCounts>) => number) => () =>
    [...engine.counts].map(
      ([id, counts]): Reading => ({ value: read(counts), labels: { rule_id: id } }),
    );
  metrics.counted(
    {
      name: 'node_agent_rule_counter',
      help: 'Events that each rule was evaluated for, or was seen to be false of without evaluating it.',
      labels: ['rule_id'],
    },
    perRule(({ evaluated }) => evaluated),
  );
  metrics.counted(
    {
      name: 'node_agent_rule_prefiltered_total',
      help: 'Events that each rule left out by its parameters, of those that its index let through.',
      labels: ['rule_id'],
    },
    perRule(({ skipped }) => skipped.prefilter),
  );
  metrics.counted(
    {
      name: 'hullwatch_rule_findings_total',
      help: 'Findings of each rule, before repeats are suppressed.',
      labels: ['rule_id'],
    },
    perRule(({ findings }) => findings),
  );
  registerLosses(metrics, engine);
}

function registerLosses(metrics: Metrics, engine: Pick<RuleEngine, 'counts'>): void {
  metrics.counted(
    {
      name: 'hullwatch_rule_skipped_total',
      help: 'Events that a rule was not evaluated for, and why: the index by its texts comes first.',
      labels: ['rule_id', 'reason'],
    },
    () =>
      [...engine.counts].flatMap(([id, { skipped }]) =>
        SKIP_REASONS.map((reason) => ({
          value: skipped[reason],
          labels: { rule_id: id, reason },
        })),
      ),
  );
  metrics.counted(
    {
      name: 'hullwatch_rule_errors_total',
      help: 'Evaluations that failed, by which of the rule’s expressions.',
      labels: ['rule_id', 'stage'],
    },
    () =>
      [...engine.counts].flatMap(([id, { errors }]) =>
        ERROR_STAGES.map((stage) => ({ value: errors[stage], labels: { rule_id: id, stage } })),
      ),
  );
}
