import { join } from 'node:path';
import type { Alert } from '../../../src/model/alert.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { busyboxImage } from './images.ts';
import { type Pod, runPod } from './pods.ts';
import type { PrivateContainerd } from './private-containerd.ts';
import { waitFor } from './wait-for.ts';

const LOOP = 'while true; do /bin/sleep 0.2; /bin/cat /etc/passwd >/dev/null; done';
const ALERT_TIMEOUT_MS = 5_000;

/** What a {@link WatchedPod} is made from. */
interface WatchedPodParts {
  readonly containerd: PrivateContainerd;
  /** For the agent's files; the store is `profiles.db` there. */
  readonly folder: string;
  /** The agent's option `http`. */
  readonly http: string;
  /** The agent's option `sink`. */
  readonly sinks?: readonly string[];
}

/** A pod `shop/shop-6d4f8b7c9d-x2x7k` with one container, `web`, and an agent that has learned it and alerts each time. */
export class WatchedPod {
  readonly pod: Pod;
  readonly #parts: WatchedPodParts;
  #agent: AgentProcess;
  /** Alerts of the agents before this one. */
  #before: readonly Alert[] = [];

  private constructor(parts: WatchedPodParts, agent: AgentProcess, pod: Pod) {
    this.#parts = parts;
    this.#agent = agent;
    this.pod = pod;
  }

  /** Settles when the agent enforces what it has learned. */
  static async start(parts: WatchedPodParts): Promise<WatchedPod> {
    const agent = start(parts);
    try {
      await agent.waitForLog(/the sensor is ready/, 15_000);
      const pod = await runPod(parts.containerd, {
        name: 'shop-6d4f8b7c9d-x2x7k',
        namespace: 'shop',
        uid: '0b6d5c1e-0000-4000-8000-00000000a1e7',
        labels: { app: 'shop', 'pod-template-hash': '6d4f8b7c9d' },
        containers: [{ name: 'web', image: busyboxImage, command: ['/bin/sh', '-c', LOOP] }],
      });
      const watched = new WatchedPod(parts, agent, pod);
      const changed = `"containerId":"${watched.containerId}".*"isEnforced":true.*"message":"profile changed"`;
      await agent.waitForLog(new RegExp(changed), 20_000);
      return watched;
    } catch (error) {
      await agent.kill9();
      throw error;
    }
  }

  get containerId(): string {
    return this.pod.containerIds.get('web') ?? '';
  }

  /** All alerts so far, as standard output had them. */
  get raised(): readonly Alert[] {
    return [...this.#before, ...this.#agent.alerts.map(({ alert }) => alert as unknown as Alert)];
  }

  /** Runs a program in the container `times` times, one after the other, and gives the alerts that rule R0001 raises for it. */
  async provoke(program: string, times = 1): Promise<readonly Alert[]> {
    const known = this.raisedFor(program).length;
    for (let time = 0; time < times; time += 1) await this.pod.exec('web', [program]);
    const isThere = () => this.raisedFor(program).length === known + times;
    await waitFor(`${times} alerts for ${program}`, isThere, ALERT_TIMEOUT_MS);
    return this.raisedFor(program).slice(known);
  }

  /** The alerts of rule R0001 for a program. */
  raisedFor(program: string): readonly Alert[] {
    return this.raised.filter(
      ({ ruleID, arguments: { exec } }) => ruleID === 'R0001' && exec === program,
    );
  }

  /** Kills the agent at once, which is harmless when that was done before. The pod runs on. */
  async kill(): Promise<void> {
    await this.#agent.kill9();
  }

  /** Starts an agent on the files of the one that was killed. */
  restart(): void {
    this.#before = this.raised;
    this.#agent = start(this.#parts);
  }
}

function start({ containerd, folder, http, sinks = [] }: WatchedPodParts): AgentProcess {
  const flags = {
    'containerd-socket': containerd.socket,
    store: join(folder, 'profiles.db'),
    http,
    'node-name': 'n1',
    'cluster-name': 'c1',
    'first-save': '1s',
    'update-period': '1s',
    'learning-period': '3s',
    'consolidation-interval': '1s',
    'refresh-interval': '1s',
    cooldown: '0',
  };
  const all = [...Object.entries(flags), ...sinks.map((sink) => ['sink', sink] as const)];
  return startAgent(all.flatMap(([name, value]) => [`--${name}`, value]));
}
