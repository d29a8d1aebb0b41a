import { Health } from '#runtime/health.js';
import type { LogFields, Logger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Learner } from '../learner.ts';
import { MemoryQueueFile } from '../memory-queue-file.ts';
import type { LearningOptions, Saved } from '../options.ts';
import { ReportQueue } from '../report-queue.ts';
import { ReportStore } from './report-store.ts';

export const MINUTE = 60_000;
export const START = 1_750_000_000_000;

/** Without jitter, so that tests can name moments. */
export const OPTIONS: LearningOptions = {
  initialDelayMs: 2 * MINUTE,
  updatePeriodMs: 10 * MINUTE,
  learningPeriodMs: 60 * MINUTE,
  jitterRatio: 0,
  callBudgetMs: 5_000,
  finalExitWaitMs: 30_000,
};

/** A learner on a virtual clock with a store of its own, and everything it said. `seed` also tells agents apart. */
export function aLearner(
  options: Partial<LearningOptions> = {},
  seed = 1,
  file = new MemoryQueueFile(),
) {
  const clock = new VirtualClock(START);
  const store = new ReportStore();
  const saved: Saved[] = [];
  const warnings: (readonly [message: string, fields: LogFields | undefined])[] = [];
  const record = (message: string, fields?: LogFields) => void warnings.push([message, fields]);
  const log: Logger = { debug() {}, info() {}, warn: record, error: record };
  const queue = new ReportQueue({ file, clock, log });
  const health = new Health(() => clock.now());
  const learner = new Learner({
    store,
    health,
    queue,
    clock,
    random: seededRandom(seed),
    log,
    options: { ...OPTIONS, ...options },
    onSaved: (one) => saved.push(one),
  });
  return { clock, store, file, queue, health, saved, warnings, learner };
}
