import type { Metrics } from '#metrics/metrics.js';
import type { Learner } from './learner.ts';
import { SAVE_RESULTS } from './save-report.ts';

/** Registers what learning counts. */
export function registerLearningMetrics(
  metrics: Metrics,
  learner: Pick<Learner, 'learning' | 'results'>,
): void {
  metrics.gauged(
    { name: 'node_agent_learning_containers', help: 'Containers being learned.' },
    () => [{ value: learner.learning().length }],
  );
  metrics.gauged(
    {
      name: 'node_agent_learning_unsaved_entries',
      help: 'Entries of containers being learned that no stored report holds yet.',
    },
    () => [
      { value: learner.learning().reduce((sum, { unsavedEntries }) => sum + unsavedEntries, 0) },
    ],
  );
  metrics.counted(
    {
      name: 'node_agent_learning_reports_total',
      help: 'Tries to store a report of a container being learned, by what became of it.',
      labels: ['result'],
    },
    () => SAVE_RESULTS.map((result) => ({ value: learner.results[result], labels: { result } })),
  );
}
