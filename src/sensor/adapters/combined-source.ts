import { AgentError } from '#model/agent-error.js';
import type { EventSource, EventType, RawRecord } from '#model/raw-event.js';
import type { SensorControl, SensorDemand } from '#model/sensor-control.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { type CombinedPart, JoinedRecords } from './joined-records.ts';

/** Waits between restarts of a source that died. */
const RESTART = { firstMs: 500, maxMs: 30_000 };

interface CombinedSourceOptions {
  readonly parts: readonly CombinedPart[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Told when a source dies, with why, and when it is back, with undefined. */
  readonly onTrouble?: (name: string, trouble: string | undefined) => void;
}

type RunOptions = Parameters<EventSource['run']>[0];

/**
 * Several sources as one, one for each kind of event. Its `ready` is told when all of them are. One that dies later
 * is started again while the others go on. Nobody knows what is missed in between: its death, each start that
 * fails and its return count as one damaged record each, so that what is being learned then is known as partial; they
 * say whether all kinds are seen (`isBlind`), for the sake of containers that start meanwhile.
 */
export class CombinedSource implements EventSource {
  /** Reaches every source that can be told anything; absent when none can. */
  readonly control?: SensorControl;
  readonly #options: CombinedSourceOptions;

  constructor(options: CombinedSourceOptions) {
    this.#options = options;
    const controls = options.parts.flatMap(({ source: { control }, types }) =>
      control ? [{ control, types }] : [],
    );
    if (controls.length > 0) this.control = joinedControl(controls);
  }

  /**
   * Rejects with the error of a source that never was ready, and with what `onRecords` threw; the other sources have
   * ended then.
   */
  async run({ onRecords, signal }: RunOptions): Promise<void> {
    if (signal.aborted) return;
    const { parts, clock } = this.#options;
    const inner = new AbortController();
    const onAbort = () => inner.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const joined = new JoinedRecords({ parts, clock, onRecords });
    const runs = parts.map((part) =>
      this.#keep({ part, joined, signal: inner.signal }).catch((reason: unknown) => {
        inner.abort(reason);
        throw reason;
      }),
    );
    const outcomes = await Promise.allSettled(runs);
    signal.removeEventListener('abort', onAbort);
    if (joined.failure !== undefined) throw joined.failure;
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    joined.end();
  }

  /** Keeps one source running. */
  async #keep(parts: {
    readonly part: CombinedPart;
    readonly joined: JoinedRecords;
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { part, joined, signal } = parts;
    const { clock, random, onTrouble = () => {} } = this.#options;
    const backoff = new Backoff(RESTART, random);
    let wasReady = false;
    const onReady = () => {
      wasReady = true;
      backoff.reset();
      onTrouble(part.name, undefined);
    };
    const onRecords = (records: readonly RawRecord[]) => {
      for (const record of records) if (record.type === 'ready') onReady();
      joined.take(part, records);
    };
    while (!signal.aborted) {
      const error = await runOnce(part.source, { onRecords, signal });
      if (signal.aborted) return;
      const isOurs = joined.failure !== undefined;
      if (isOurs || !wasReady || error.code !== 'unavailable') throw error;
      this.#died(parts, error);
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  #died(
    { part, joined }: { readonly part: CombinedPart; readonly joined: JoinedRecords },
    error: AgentError,
  ): void {
    const { log, onTrouble = () => {} } = this.#options;
    log.error('a source died', { source: part.name, ...errorFields(error) });
    onTrouble(part.name, `it died and is being started again: ${error.message}`);
    joined.died(part, error.message);
  }
}

/** How it ended. */
async function runOnce(source: EventSource, options: RunOptions): Promise<AgentError> {
  try {
    await source.run(options);
    return new AgentError('unavailable', 'it ended by itself');
  } catch (reason) {
    return AgentError.from(reason);
  }
}

/** A source is asked for nothing that is not taken from it. */
function joinedControl(
  controls: readonly { readonly control: SensorControl; readonly types: ReadonlySet<EventType> }[],
): SensorControl {
  return {
    demand(demand: SensorDemand): void {
      for (const { control, types } of controls) {
        control.demand({
          ...demand,
          types: new Set([...demand.types].filter((type) => types.has(type))),
        });
      }
    },
    narrow(cgroupId: number, isNarrow: boolean): void {
      for (const { control } of controls) control.narrow(cgroupId, isNarrow);
    },
    reopen(cgroupId?: number): void {
      for (const { control } of controls) control.reopen(cgroupId);
    },
  };
}
