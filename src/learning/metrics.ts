import type { Metrics } from '#metrics/metrics.js';
import type { Learner } from './learner.ts';
import type { QueueState } from './report-queue.ts';
import { SAVE_RESULTS } from './save-report.ts';

const QUEUE_GAUGES: readonly (readonly [
  name: string,
  help: string,
  read: (state: QueueState) => number,
])[] = [
  ['reports', 'Reports that wait for the store.', ({ reports }) => reports],
  ['bytes', 'Size of the reports that wait for the store.', ({ sizeBytes }) => sizeBytes],
  ['set_aside', 'Reports that no store took, kept for people.', ({ setAside }) => setAside],
  [
    'oldest_age_seconds',
    'How long the oldest report has waited for the store.',
    ({ oldestAgeMs }) => oldestAgeMs / 1_000,
  ],
];

/** Registers what learning counts. */
export function registerLearningMetrics(
  metrics: Metrics,
  learner: Pick<Learner, 'learning' | 'results' | 'queueState' | 'splits'>,
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
  for (const [name, help, read] of QUEUE_GAUGES) {
    metrics.gauged({ name: `node_agent_learning_queue_${name}`, help }, () => [
      { value: read(learner.queueState()) },
    ]);
  }
  metrics.counted(
    {
      name: 'node_agent_learning_reports_given_up_total',
      help: 'Reports that were taken out of the queue unstored: it was full, or no store takes them.',
    },
    () => [{ value: learner.queueState().gaveUp }],
  );
  metrics.counted(
    {
      name: 'node_agent_learning_report_splits_total',
      help: 'Reports that were split in two because the store takes no request as large.',
    },
    () => [{ value: learner.splits }],
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
