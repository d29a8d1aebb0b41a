import { AgentError } from '#model/agent-error.js';
import type { EventAccounting } from '#model/event-accounting.js';
import type { EventSource, RawRecord } from '#model/raw-event.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { judgeSkipped } from '#sensor/program-surfaces.js';
import type { Sight } from './supervise-source-sight.ts';

/** Waits between restarts of a source that died. */
const RESTART = { firstMs: 500, maxMs: 30_000 };

/** What supervision needs. */
export interface SupervisedSource {
  readonly source: EventSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly health: Health;
  readonly accounting: EventAccounting;
  /** Told when the source becomes ready and when it dies. */
  readonly sight: Sight;
  readonly onRecords: (records: readonly RawRecord[]) => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps a source running until `signal` aborts. A source that never became ready fails for good, with
 * its own error. One that dies later is restarted with backoff; the events in between are lost in a
 * number that nobody knows, so each death counts as one event emitted and dropped, which makes
 * what is being learned partial. Any other error than `unavailable` is passed on at once.
 */
export async function superviseSource(parts: SupervisedSource): Promise<void> {
  const { source, clock, random, log, health, accounting, sight, onRecords, signal } = parts;
  const backoff = new Backoff(RESTART, random);
  let wasReady = false;
  const onBatch = (records: readonly RawRecord[]) => {
    sight.observe(records);
    if (records[0]?.type === 'ready') {
      wasReady = true;
      health.clear('sensor');
      backoff.reset();
      reportReady(records[0], log);
    }
    onRecords(records);
  };
  while (!signal.aborted) {
    try {
      await source.run({ onRecords: onBatch, signal });
      if (signal.aborted) return;
      throw new AgentError('unavailable', 'the sensor ended by itself');
    } catch (reason) {
      const error = AgentError.from(reason);
      // What is not the source's own death is a mistake of ours, and restarting would hide it.
      if (!wasReady || error.code !== 'unavailable') throw error;
      sight.end();
      accounting.emitted();
      accounting.dropped('source-died');
      onRecords([]);
      health.set('sensor', 'the sensor died and is being restarted: events are missed');
      log.error('the sensor died', errorFields(error));
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

function reportReady(record: Extract<RawRecord, { type: 'ready' }>, log: Logger): void {
  log.info('the sensor is ready', { kernel: record.kernel, programs: record.programs.length });
  const running = new Set(record.programs);
  for (const { program, reason } of record.skipped) {
    // On a kernel that has something better, its substitutes are always left out.
    const level = judgeSkipped(program, running).isNeedless ? 'debug' : 'warn';
    log[level]('a sensor program was skipped', { program, reason });
  }
}
