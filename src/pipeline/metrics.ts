import type { Metrics } from '#metrics/metrics.js';
import type { Pipeline } from './pipeline.ts';

/** Registers what the pipeline counts. Names are the public system's where it has them. */
export function registerPipelineMetrics(metrics: Metrics, pipeline: Pipeline): void {
  metrics.counted(
    {
      name: 'node_agent_dedup_events_total',
      help: 'Events that passed deduplication and events that were duplicates, by type.',
      labels: ['event_type', 'result'],
    },
    () => [
      { value: pipeline.dedupCounts.passed, labels: { event_type: 'open', result: 'passed' } },
      {
        value: pipeline.dedupCounts.deduplicated,
        labels: { event_type: 'open', result: 'deduplicated' },
      },
    ],
  );
  metrics.gauged(
    {
      name: 'node_agent_pipeline_waiting_events',
      help: 'Events that wait for earlier ones to arrive.',
    },
    () => [{ value: pipeline.waiting }],
  );
}
