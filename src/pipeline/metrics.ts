import type { Metrics, Reading } from '#metrics/metrics.js';
import type { Pipeline } from './pipeline.ts';

/** Registers what the pipeline counts. Names are the public system's where it has them. */
export function registerPipelineMetrics(metrics: Metrics, pipeline: Pipeline): void {
  metrics.counted(
    {
      name: 'node_agent_dedup_events_total',
      help: 'Events that passed deduplication and events that were duplicates, here or in the kernel, by type.',
      labels: ['event_type', 'result'],
    },
    () =>
      [...pipeline.dedupCounts].flatMap(([event_type, { passed, deduplicated }]): Reading[] => [
        { value: passed, labels: { event_type, result: 'passed' } },
        { value: deduplicated, labels: { event_type, result: 'deduplicated' } },
      ]),
  );
  metrics.counted(
    {
      name: 'hullwatch_unwanted_events_total',
      help: 'Events that the kernel side did not tell because nobody asked for them, by type.',
      labels: ['event_type'],
    },
    () =>
      [...pipeline.unwantedCounts].map(([event_type, value]) => ({
        value,
        labels: { event_type },
      })),
  );
  metrics.gauged(
    {
      name: 'node_agent_pipeline_waiting_events',
      help: 'Events that wait for earlier ones to arrive.',
    },
    () => [{ value: pipeline.waiting }],
  );
}
