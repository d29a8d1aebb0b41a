import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/runtime/random.ts';
import { AgentProcess } from '../live/harness/agent-process.ts';
import { waitFor } from '../live/harness/wait-for.ts';
import { MAIN, ServedStore, type StoredObject } from './served-store.ts';
import { quietRecording, workRecording } from './work-recording.ts';

const NODES = ['north', 'south'] as const;
const KINDS = ['containerprofiles', 'applicationprofiles', 'networkneighborhoods'] as const;
/** Far above what an agent needs for an eight second recording. */
const AGENT_TIMEOUT_MS = 60_000;

/** How often what is killed, and a seed for when. */
export interface Kills {
  readonly store: number;
  readonly agents: number;
  readonly seed: number;
}

/** What two agents left in one store. */
export interface KillRun {
  /** By kind, namespace and name, without times, versions and identifiers of writes. */
  readonly profiles: Readonly<Record<string, unknown>>;
  readonly kills: { readonly store: number; readonly agents: number };
}

/** Somebody who looks on while the agents work. */
export interface Onlooker {
  /** Called once the store serves. */
  begin(store: ServedStore): Promise<void>;
  /** Called before it ends. */
  end(): Promise<void>;
}

/**
 * Two agents as processes of their own play a recording each into one served store, while store and
 * agents are killed at random moments, until both have ended by themselves and nothing waits to be merged.
 */
export async function killRun(folder: string, kills: Kills, onlooker?: Onlooker): Promise<KillRun> {
  const store = new ServedStore(join(folder, 'store'));
  await store.start();
  await onlooker?.begin(store);
  const agents = NODES.map((node) => new Agent(join(folder, node), node, store));
  try {
    for (const agent of agents) agent.start();
    await Promise.all([killStore(store, kills), killAgents(agents, kills)]);
    await Promise.all(agents.map((agent) => agent.ended()));
    // What the store did not take while it came and went waits in the queue for the agent's next life.
    for (const agent of agents) agent.start(quietRecording());
    await Promise.all(agents.map((agent) => agent.ended()));
    const profiles = await waitFor('all reports to be merged', () => settled(store), 20_000);
    return { profiles, kills: { store: kills.store, agents: kills.agents } };
  } finally {
    await onlooker?.end();
    for (const agent of agents) await agent.kill9();
    await store.stop();
  }
}

async function killStore(store: ServedStore, { store: times, seed }: Kills): Promise<void> {
  const random = seededRandom(seed);
  for (let i = 0; i < times; i += 1) {
    await sleep(random.next() * 600);
    await store.kill9();
    await store.start();
  }
}

async function killAgents(agents: readonly Agent[], { agents: times, seed }: Kills): Promise<void> {
  const random = seededRandom(seed + 1);
  for (let i = 0; i < times; i += 1) {
    await sleep(random.next() * 3_000);
    const agent = agents[i % agents.length];
    await agent?.kill9();
    agent?.start();
  }
}

/** An agent that plays a recording; killed, it plays it from the beginning again, with the same queue. */
class Agent {
  readonly #folder: string;
  readonly #node: string;
  readonly #store: ServedStore;
  #process: AgentProcess | undefined;

  constructor(folder: string, node: string, store: ServedStore) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#node = node;
    this.#store = store;
  }

  start(text: string = workRecording(this.#node)): void {
    const recording = join(this.#folder, 'recording.ndjson');
    writeFileSync(recording, text);
    this.#process = new AgentProcess(process.execPath, [
      ...['--conditions=source', MAIN, 'run', '--recording', recording],
      ...['--store', this.#store.url, '--queue', join(this.#folder, 'reports.db'), '--http', 'off'],
      ...['--first-save', '400ms', '--update-period', '600ms', '--learning-period', '1h'],
      ...['--dedup-window', '0', '--node-name', this.#node],
    ]);
  }

  async kill9(): Promise<void> {
    await this.#process?.kill9();
  }

  /** Settles when it has come to the end of its recording and ended in order. */
  async ended(): Promise<void> {
    const { exitCode, signal } = (await this.#process?.ended(AGENT_TIMEOUT_MS)) ?? {};
    if (exitCode === 0) return;
    const log = this.#process?.log.slice(-20).join('\n');
    throw new Error(`the agent ended with ${exitCode ?? signal}:\n${log}`);
  }
}

/** What is stored, when no report waits to be merged any more. */
async function settled(store: ServedStore): Promise<KillRun['profiles'] | undefined> {
  const lists = await Promise.all(KINDS.map((kind) => store.all(kind)));
  const isReport = ({ metadata }: StoredObject) =>
    metadata.annotations?.['kubescape.io/report-series-id'] !== undefined;
  if (lists.some((list) => list.some(isReport))) return undefined;
  return Object.fromEntries(
    lists.flatMap((list, i) =>
      list.map((object) => [
        `${KINDS[i]} ${object.metadata.namespace}/${object.metadata.name}`,
        lasting(object),
      ]),
    ),
  );
}

/** What of an object does not depend on when it was written, and how often. */
function lasting({ metadata, ...object }: StoredObject): unknown {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...rest } = metadata;
  const { generation: _generation, ...kept } = rest;
  const annotations = { ...metadata.annotations };
  const evidence = annotations['hullwatch.io/evidence'];
  if (evidence !== undefined) {
    const { coveredMs: _covered, ...counts } = JSON.parse(evidence) as Record<string, unknown>;
    annotations['hullwatch.io/evidence'] = JSON.stringify(counts);
  }
  delete annotations['hullwatch.io/newest-report'];
  // The checksum is over the annotations too, the time that was covered among them.
  delete annotations['kubescape.io/sync-checksum'];
  return { ...object, metadata: { ...kept, annotations } };
}
