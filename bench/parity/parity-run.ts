import { configFrom } from '../../src/agent/config.ts';
import { consolidation } from '../../src/agent/embedded-store.ts';
import { Flow } from '../../src/agent/flow.ts';
import type { FlowParts } from '../../src/agent/flow-parts.ts';
import { memoryQueue } from '../../src/agent/open-queue.ts';
import { Consolidator } from '../../src/consolidation/consolidator.ts';
import { AgentError } from '../../src/model/agent-error.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { ProfileKind, ProfileKinds } from '../../src/model/profile.ts';
import type { ProfileStore } from '../../src/model/profile-store.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { inBackground } from '../../src/runtime/background.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { isContainerEvent } from '../../src/sensor/recording-entry.ts';
import { MemoryProfileStore } from '../../src/storage/memory-profile-store.ts';
import type { ParityStep } from './parity-script.ts';

/** What is run. */
export interface ParityRun {
  readonly startMs: number;
  readonly steps: Iterable<ParityStep> | AsyncIterable<ParityStep>;
  readonly rules: RuleSet;
  /** Options of the agent, as they are written. */
  readonly options: Readonly<Record<string, string>>;
  /** False: nothing is learned, what is stored is what the steps store. */
  readonly isLearning?: boolean | undefined;
  /** Absent: the profile cache. */
  readonly makeCache?: FlowParts['makeCache'];
}

const NEVER = new AbortController().signal;
const SETTLE_MS = 5_000;

/** Drives the agent's stages through the steps on a virtual clock and gives every alert in order. */
export async function alertsOf({
  startMs,
  steps,
  rules,
  options: writtenOptions,
  isLearning = true,
  makeCache,
}: ParityRun): Promise<readonly Alert[]> {
  const clock = new VirtualClock(startMs);
  const log = silentLogger;
  const options = configFrom({ environment: {}, flags: { ...writtenOptions, cooldown: '0' } });
  const store = new MemoryProfileStore({ clock, random: seededRandom(2) });
  const alerts: Alert[] = [];
  const flow = new Flow({
    ...{ clock, log, rules, options },
    store: isLearning ? store : withoutReports(store),
    queue: memoryQueue({ clock, log }),
    random: seededRandom(1),
    hostName: 'parity',
    sinks: [
      {
        ...{ name: 'list', batchSize: 1_000 },
        deliver: async (batch) => void alerts.push(...batch),
        async close() {},
      },
    ],
    onSaved: () => consolidator.nudge(),
    onCacheChange() {},
    makeCache,
  });
  const consolidator = new Consolidator({
    ...{ clock, log, store },
    ...consolidation(options),
    onConsolidated: () => flow.cache.nudge(),
  });
  const ending = new AbortController();
  const { signal } = ending;
  const background = [
    inBackground('profile cache', log, () => flow.cache.run({ signal })),
    inBackground('consolidation', log, () => consolidator.run({ signal })),
  ];
  for await (const step of steps) {
    await clock.advanceTo(step.timeMs);
    if ('entry' in step) take(flow, step.entry);
    else await change(store, step);
  }
  await clock.advance(SETTLE_MS);
  flow.drain();
  const stopping = flow.learner.stop();
  await clock.advance(SETTLE_MS);
  await stopping;
  ending.abort();
  await Promise.all(background);
  await flow.alerts.close();
  return alerts;
}

/** The store as a learner finds it whose container is learned already. */
function withoutReports(store: MemoryProfileStore): ProfileStore {
  return {
    get: (...call) => store.get(...call),
    list: (...call) => store.list(...call),
    watch: (...call) => store.watch(...call),
    update: (...call) => store.update(...call),
    delete: (...call) => store.delete(...call),
    create: () => Promise.reject(new AgentError('completed', 'the profile is completed')),
  };
}

function take(flow: Flow, entry: Extract<ParityStep, { entry: unknown }>['entry']): void {
  if (isContainerEvent(entry)) flow.acceptContainerEvent(entry);
  else flow.acceptRecords([entry]);
}

async function change(
  store: MemoryProfileStore,
  step: Exclude<ParityStep, { entry: unknown }>,
): Promise<void> {
  if ('put' in step) await put(store, step.put);
  else {
    const { kind, name } = step.remove;
    await store.delete(kind, { namespace: 'shop', name }, { signal: NEVER });
  }
}

async function put(store: MemoryProfileStore, object: ProfileKinds[ProfileKind]): Promise<void> {
  try {
    await store.create(object.kind, object, { signal: NEVER });
  } catch (reason) {
    if (AgentError.from(reason).code !== 'conflict') throw reason;
    await store.update(object.kind, object, { signal: NEVER });
  }
}
