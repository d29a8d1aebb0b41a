import { AgentError } from '#model/agent-error.js';
import type { ContainerProfile } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Learner } from '../learner.ts';
import { MemoryQueueFile } from '../memory-queue-file.ts';
import type { LearningOptions } from '../options.ts';
import type { QueueChange } from '../queue-file.ts';
import { ReportQueue } from '../report-queue.ts';
import { OPTIONS, START } from './learner-setup.ts';
import { aContainer, anExec, anOpen } from './observed.ts';

/** What the store does with the next report. `lost-answer` stores it all the same. */
export const FAULTS = [
  'none',
  'unavailable',
  'internal',
  'invalid',
  'hang',
  'lost-answer',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What stays the same over all lives of an agent. */
export interface World {
  readonly store: ProfileStore;
  /** What befalls the next reports, in order. */
  readonly faults: Fault[];
  /** A report with more opens is too large for one request. */
  readonly maxOpens: number;
  readonly maxReports: number;
  readonly options: Partial<LearningOptions>;
}

class KillableFile extends MemoryQueueFile {
  isDead = false;

  override commit(changes: readonly QueueChange[]): void {
    if (this.isDead) throw new AgentError('unavailable', 'process is dead');
    super.commit(changes);
  }

  /** A file with the same content, for the next process. */
  handOver(): KillableFile {
    this.isDead = true;
    const next = new KillableFile();
    for (const row of this.rows()) {
      const body = this.body(row);
      next.commit([{ type: 'put', row, ...(body !== undefined && { body }) }]);
    }
    return next;
  }
}

/** One agent after the other learning one container, on one queue file and one store. */
export class AgentLives {
  /** Paths that some report held that the queue took. */
  readonly durable = new Set<string>();
  /** Something was missed on purpose: events, reports that were given up, a life's end. */
  hasLoss = false;
  gaveUp = 0;
  readonly #world: World;
  #clock = new VirtualClock(START);
  #file = new KillableFile();
  #observed = new Set<string>();
  #life = 0;
  #queue: ReportQueue;
  #learner: Learner;

  constructor(world: World) {
    this.#world = world;
    [this.#queue, this.#learner] = this.#begin();
  }

  get clock(): VirtualClock {
    return this.#clock;
  }

  /** What this life observed, and did not have to drop. */
  get observed(): ReadonlySet<string> {
    return this.#observed;
  }

  observe(type: 'open' | 'exec', n: number): void {
    const path = `/${type}/${this.#life}/${n}`;
    const dropped = () => this.#learner.learning()[0]?.droppedEntries ?? 0;
    const before = dropped();
    const isLearning = this.#learner.learning().length > 0;
    const event = type === 'open' ? anOpen(path) : anExec({ exePath: path, args: [path] });
    this.#learner.observe(event);
    if (!isLearning) return;
    if (dropped() === before) this.#observed.add(path);
    else this.hasLoss = true;
  }

  lose(count: number): void {
    if (this.#learner.learning().length === 0) return;
    this.#learner.lossOccurred(count);
    this.hasLoss = true;
  }

  /** An exec whose arguments were longer than what a sensor tells. */
  cut(): void {
    if (this.#learner.learning().length === 0) return;
    this.#learner.observe(anExec({ argsTruncated: true }));
    this.#observed.add('/bin/true');
    this.hasLoss = true;
  }

  async stop(): Promise<void> {
    const stopped = this.#learner.stop();
    await this.#clock.advance(10_000);
    await stopped;
  }

  /** The process ends as it is; another one begins. */
  restart(): void {
    this.hasLoss = true;
    this.gaveUp += this.#queue.state().gaveUp;
    const nowMs = this.#clock.now();
    this.#file = this.#file.handOver();
    this.#clock = new VirtualClock(nowMs + 1_000);
    this.#observed = new Set();
    this.#life += 1;
    [this.#queue, this.#learner] = this.#begin();
  }

  /** The container exits, the store is well, and everything gets its time. */
  async finish(): Promise<void> {
    this.#world.faults.length = 0;
    this.#learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await this.#clock.advance(60 * 60_000);
    this.gaveUp += this.#queue.state().gaveUp;
  }

  get waiting(): number {
    return this.#queue.state().reports;
  }

  #begin(): [ReportQueue, Learner] {
    const { maxReports, options } = this.#world;
    const clock = this.#clock;
    const log = silentLogger;
    const queue = new ReportQueue({ file: this.#file, clock, log, maxReports });
    const put = queue.put.bind(queue);
    queue.put = (report, series) => {
      put(report, series);
      for (const { path } of report.spec.opens ?? []) this.durable.add(path);
      for (const { path } of report.spec.execs ?? []) this.durable.add(path);
    };
    const random = seededRandom(this.#life + 1);
    const store = { create: this.#create(), get: this.#world.store.get.bind(this.#world.store) };
    const learner = new Learner({
      store,
      queue,
      clock,
      random,
      log,
      options: { ...OPTIONS, ...options },
    });
    learner.containerAdded(aContainer({ preExisting: this.#life > 0 }));
    return [queue, learner];
  }

  #create(): ProfileStore['create'] {
    const { store, faults, maxOpens } = this.#world;
    return async (kind, object, options) => {
      const { spec, metadata } = object as ContainerProfile;
      const fault = faults.shift() ?? 'none';
      if (fault === 'hang') return new Promise(() => {});
      if (fault !== 'none' && fault !== 'lost-answer') {
        throw new AgentError(fault, `report ${metadata.name}: told to fail`);
      }
      if ((spec.opens?.length ?? 0) > maxOpens) throw new AgentError('exhausted', 'too large');
      const stored = await store.create(kind, object, options);
      if (fault === 'none') return stored;
      throw new AgentError('unavailable', `report ${metadata.name}: answer lost`);
    };
  }
}
