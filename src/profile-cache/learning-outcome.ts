import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { ContainerLife } from './container-life.ts';
import type { LifeTable } from './life-table.ts';
import { isFinal } from './profile-meta.ts';
import type { ProfileRound } from './profile-round.ts';

/** The store merges the last report within 30 s; so it is asked a few times, not for a whole interval. */
const OUTCOME_WAIT = { firstMs: 1_000, maxMs: 5_000 };

/**
 * Learning of this container has ended: looks for what came of it, until the learned profile is
 * final or the store had its time to merge the last report. Rejects with `aborted` when the life
 * ends first.
 */
export async function followOutcome(
  life: ContainerLife,
  {
    clock,
    random,
    table,
    round,
  }: {
    readonly clock: Clock;
    readonly random: Random;
    readonly table: LifeTable;
    readonly round: ProfileRound;
  },
): Promise<void> {
  // Answers of calls that began before the end of learning are no measure of what came of it.
  await life.round;
  life.learning.end(clock.monotonic());
  const backoff = new Backoff(OUTCOME_WAIT, random);
  let isFirst = true;
  while (table.isOpen(life)) {
    const isLast = !life.learning.isSettling(clock.monotonic());
    // What is stored at the end has to be known for certain; later versions are told of.
    await (isFirst ? round.readLearned(life) : round.run(life));
    isFirst = false;
    const learned = life.sources?.learned.meta;
    if (isLast || (learned && isFinal(learned))) break;
    const waitMs = backoff.next();
    life.nextTryMs = clock.now() + waitMs;
    await clock.sleep(waitMs, life.signal);
  }
  life.nextTryMs = undefined;
}
