import { configFrom } from '#agent/config.js';
import { consolidation } from '#agent/embedded-store.js';
import { Flow } from '#agent/flow.js';
import { loadRules } from '#agent/load-rules.js';
import { memoryQueue } from '#agent/open-queue.js';
import type { AlertSink } from '#alerts/alert-sink.js';
import { Consolidator } from '#consolidation/consolidator.js';
import { total } from '#model/event-accounting.js';
import type { RawEvent } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { LOAD_CONTAINERS, LoadMinute } from './load-minute.ts';

const START_MS = 1_767_225_600_000;
const MINUTE_MS = 60_000;
const LEARNING_HOURS = 6;
/** From this minute on all that was learned is merged and enforced. */
const ENFORCED_MINUTE = LEARNING_HOURS * 60 + 20;
/** A program that nobody learned, and an alert each time. */
const STRANGE = {
  ...{ type: 'exec', args: ['/bin/other'], argsTruncated: false, file: '/bin/other' },
  ...{ exePath: '/bin/other', cwd: '/', upperLayer: false, parentUpperLayer: false },
  ...{ pid: 9_001, tid: 9_001, ppid: 3_001, cgroupId: 7_002, mountNs: 4_026_539_002 },
  ...{ uid: 0, gid: 0, comm: 'other', parentComm: 'load', setup: false },
} as const;
/** So that what keeps the last alerts is full after some hours: the spool in memory keeps a thousand. */
const STRANGE_A_MINUTE = 5;
/** Beyond any number that the minute gives. */
const STRANGE_SEQ = 10_000_000_000;

/** All stages of an agent on a virtual clock, with a store in memory and the default rules, under the load mix. */
export class LoadFlow {
  readonly #clock = new VirtualClock(START_MS);
  readonly #minute = new LoadMinute();
  readonly #flow: Flow;
  readonly #ending = new AbortController();
  readonly #background: readonly Promise<void>[];
  #minutes = 0;
  #alerts = 0;

  private constructor(rules: Awaited<ReturnType<typeof loadRules>>['rules']) {
    const clock = this.#clock;
    const options = configFrom({
      environment: {},
      flags: { learningPeriod: `${LEARNING_HOURS}h`, cooldown: '0' },
    });
    const store = new MemoryProfileStore({ clock, random: seededRandom(2) });
    const parts = { clock, log: silentLogger };
    const consolidator = new Consolidator({ ...parts, store, ...consolidation(options) });
    this.#flow = new Flow({
      ...{ ...parts, store, rules, options, random: seededRandom(1), hostName: 'soak' },
      queue: memoryQueue(parts),
      sinks: [this.#counting()],
      onSaved: () => consolidator.nudge(),
      onCacheChange: () => {},
    });
    const { signal } = this.#ending;
    this.#background = [this.#flow.cache.run({ signal }), consolidator.run({ signal })];
    for (const container of LOAD_CONTAINERS) {
      this.#flow.acceptContainerEvent({ type: 'container-added', timeMs: clock.now(), container });
    }
  }

  static async open(): Promise<LoadFlow> {
    return new LoadFlow((await loadRules([])).rules);
  }

  /** Plays so many minutes. */
  async play(minutes: number): Promise<void> {
    for (let each = 0; each < minutes; each += 1) await this.#playMinute();
  }

  /** What became of the events so far. Throws when they do not add up. */
  summary(): string {
    const { emitted, evaluated, duplicate, ignored, dropped, inFlight } =
      this.#flow.accounting.snapshot();
    const [others, lost] = [total(ignored), total(dropped)];
    if (emitted !== evaluated + duplicate + others + lost + inFlight) throw new Error('lost count');
    return `${emitted} events = ${evaluated} evaluated + ${duplicate} duplicate + ${others} ignored + ${lost} dropped + ${inFlight} under way; ${this.#alerts} alerts`;
  }

  async close(): Promise<void> {
    this.#flow.drain();
    const stopping = this.#flow.learner.stop();
    await this.#clock.advance(10_000);
    await stopping;
    this.#ending.abort();
    await Promise.all(this.#background);
    await this.#flow.alerts.close();
  }

  #counting(): AlertSink {
    return {
      name: 'count',
      batchSize: 1_000,
      deliver: async (alerts) => {
        this.#alerts += alerts.length;
      },
      close: async () => {},
    };
  }

  async #playMinute(): Promise<void> {
    const startMs = START_MS + this.#minutes * MINUTE_MS;
    for (const [atMs, events] of this.#minute.parts(startMs, this.#minutes)) {
      await this.#clock.advanceTo(atMs);
      this.#flow.acceptRecords(events);
    }
    if (this.#minutes >= ENFORCED_MINUTE) this.#startStrange();
    this.#minutes += 1;
  }

  #startStrange(): void {
    const events = Array.from({ length: STRANGE_A_MINUTE }, (_, each) => ({
      ...STRANGE,
      seq: STRANGE_SEQ + this.#minutes * STRANGE_A_MINUTE + each,
      timeMs: this.#clock.now() + each,
      pid: STRANGE.pid + each,
      tid: STRANGE.tid + each,
    }));
    this.#flow.acceptRecords(events as readonly RawEvent[]);
  }
}
