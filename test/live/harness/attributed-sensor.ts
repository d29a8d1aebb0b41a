import { Attributor } from '#attribution/attributor.js';
import { ContainerdWatcher } from '#attribution/containerd-watcher.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import { EventAccounting } from '#model/event-accounting.js';
import {
  isRawEvent,
  type RawRecord,
  type ReadyRecord,
  type TotalsRecord,
} from '#model/raw-event.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { EbpfSensor, type EbpfSensorOptions } from '#sensor/ebpf-sensor.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import { waitFor } from './wait-for.ts';

const READY_TIMEOUT_MS = 15_000;

/** The real sensor with the real attribution behind it, and all that they told. */
export class AttributedSensor {
  /** Of containers that are known, in the order of their numbers when asked. */
  readonly told: AttributedEvent[] = [];
  /** What is no event. */
  readonly records: RawRecord[] = [];
  /** The numbers of all events that were delivered, whoever they were of. */
  readonly seqs = new Set<number>();
  readonly accounting = new EventAccounting();
  readonly #stop = new AbortController();
  readonly #attributor: Attributor;
  readonly #running: Promise<unknown>;
  #failure: unknown;

  private constructor(socketPath: string, options: EbpfSensorOptions) {
    const files = findSensorFiles();
    if (!files) throw new Error('the sensor was not built');
    const parts = { clock: systemClock, log: silentLogger };
    this.#attributor = new Attributor({
      ...parts,
      accounting: this.accounting,
      onEvent: (event) => this.told.push(event),
    });
    const sensor = new EbpfSensor({ ...parts, files, options });
    const { signal } = this.#stop;
    const onRecords = (records: readonly RawRecord[]) => {
      this.records.push(...records.filter((record) => !isRawEvent(record)));
      for (const record of records) if (isRawEvent(record)) this.seqs.add(record.seq);
      this.#attributor.accept(records);
    };
    const watcher = new ContainerdWatcher({
      ...{ ...parts, random: systemRandom, socketPath },
      agentStartMs: systemClock.now(),
    });
    const watching = watcher.run({
      signal,
      onEvent: (event) => {
        if (event.type === 'container-added') this.#attributor.containerAdded(event.container);
        else this.#attributor.containerRemoved(event);
      },
    });
    const sensing = sensor.run({ onRecords, signal });
    this.#running = Promise.all([sensing, watching]).catch((reason: unknown) => {
      this.#failure = reason;
    });
  }

  /** Settles when the programs are in the kernel. */
  static async start(
    socketPath: string,
    options: EbpfSensorOptions = {},
  ): Promise<AttributedSensor> {
    const sensor = new AttributedSensor(socketPath, options);
    const isReady = () => {
      if (sensor.#failure !== undefined) throw sensor.#failure;
      return sensor.ready !== undefined;
    };
    await waitFor('the sensor to be ready', isReady, READY_TIMEOUT_MS);
    return sensor;
  }

  get ready(): ReadyRecord | undefined {
    return this.records.find((record) => record.type === 'ready');
  }

  get totals(): TotalsRecord | undefined {
    return this.records.find((record) => record.type === 'totals');
  }

  /** What one container did, in order. */
  eventsOf(containerId: string): readonly AttributedEvent[] {
    return this.told
      .filter(({ container }) => container.id === containerId)
      .sort((one, other) => one.event.seq - other.event.seq);
  }

  /** Ends it in order: all that was under way is told by then. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#attributor.drain();
    if (this.#failure !== undefined) throw this.#failure;
  }
}
