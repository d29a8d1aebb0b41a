import { registerAlertMetrics } from '#alerts/metrics.js';
import { registerAttributionMetrics } from '#attribution/metrics.js';
import { registerLearningMetrics } from '#learning/metrics.js';
import type { Metrics } from '#metrics/metrics.js';
import { registerPipelineMetrics } from '#pipeline/metrics.js';
import { registerProfileCacheMetrics } from '#profile-cache/metrics.js';
import { registerRuleMetrics } from '#rules/metrics.js';
import { registerAccountingMetrics } from './accounting-metrics.ts';
import type { Flow } from './flow.ts';
import type { ProgressWatch } from './progress-watch.ts';

/** Registers what the joined stages count. Call once a flow. */
export function registerFlowMetrics(metrics: Metrics, flow: Flow): void {
  registerAccountingMetrics(metrics, flow.accounting);
  registerAttributionMetrics(metrics, flow.attributor);
  registerPipelineMetrics(metrics, flow.pipeline);
  registerLearningMetrics(metrics, flow.learner);
  const { statistics } = flow.cache;
  if (statistics) registerProfileCacheMetrics(metrics, statistics);
  registerRuleMetrics(metrics, flow.rules);
  registerAlertMetrics(metrics, flow.alerts);
}

/** Registers what is known of the progress of a running agent. */
export function registerProgressMetrics(
  metrics: Metrics,
  progress: Pick<ProgressWatch, 'takeWorstLagMs'>,
): void {
  metrics.gauged(
    {
      name: 'hullwatch_event_loop_lag_seconds',
      help: 'By how much the event loop was late at worst since the last scrape.',
      labels: [],
    },
    () => [{ value: progress.takeWorstLagMs() / 1_000, labels: {} }],
  );
}
