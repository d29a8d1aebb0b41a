import { writeFileSync } from 'node:fs';
import type { AgentProcess } from '../test/live/harness/agent-process.ts';
import { containerFacts } from '../test/live/harness/container-facts.ts';
import { runContainer } from '../test/live/harness/containers.ts';
import { everythingImage } from '../test/live/harness/images.ts';
import type { PrivateContainerd } from '../test/live/harness/private-containerd.ts';
import { waitFor } from '../test/live/harness/wait-for.ts';

/** An act that a container repeats, and the rule that finds each of them. */
export interface RepeatedAct {
  readonly words: readonly string[];
  readonly ruleId: string;
  readonly times: number;
  readonly pauseMs: number;
}

/** A program that was not learned is started: an event that wakes the reader at once. */
export const AN_EXEC = { words: ['run', '/bin/other', 'end'], ruleId: 'R0001' } as const;
/** A file with password hashes is opened: so does it, among opens. */
export const A_SENSITIVE_OPEN = { words: ['open', '/etc/shadow'], ruleId: 'R0010' } as const;
/** Any other file is opened that was not learned: the reader takes it when it comes by. */
export const A_PATIENT_OPEN = { words: ['open', '/etc/hostname'], ruleId: 'R0002' } as const;

/**
 * A container that does nothing until it is told to, so that it learns nothing of what comes then. The agent has to
 * run already, and to learn for some seconds only.
 */
export class WatchedVictim {
  readonly #agent: AgentProcess;
  readonly #id: string;
  readonly #folder: string;
  readonly #acts: readonly RepeatedAct[];

  private constructor(
    agent: AgentProcess,
    [id, folder]: readonly [string, string],
    acts: readonly RepeatedAct[],
  ) {
    this.#agent = agent;
    this.#id = id;
    this.#folder = folder;
    this.#acts = acts;
  }

  /** Settles when the agent enforces what the container was learned to do, which is to wait. */
  static async start(
    containerd: PrivateContainerd,
    agent: AgentProcess,
    { id, acts }: { readonly id: string; readonly acts: readonly RepeatedAct[] },
  ): Promise<WatchedVictim> {
    const repeated = acts.flatMap(({ words, times, pauseMs }, at) => [
      ...['wait', `/tmp/go-${at}`],
      ...['times', String(times), String(pauseMs), ...words, ';'],
    ]);
    const command = ['/usr/bin/everything', ...repeated, 'hold'];
    await runContainer(containerd, { id, image: everythingImage, command });
    const { pid } = await containerFacts(containerd, 'default', id);
    await agent.waitForLog(
      new RegExp(`"containerId":"${id}".*"isEnforced":true.*"message":"profile changed"`),
      90_000,
    );
    return new WatchedVictim(agent, [id, `/proc/${pid}/root/tmp`], acts);
  }

  /**
   * Has the act of that number done, and gives for each alert how many milliseconds after the kernel's timestamp its line was
   * read here. The timestamp has whole milliseconds, cut off.
   */
  async latencies(at: number): Promise<readonly number[]> {
    const act = this.#acts[at];
    if (!act) throw new Error(`there is no act ${at}`);
    const from = this.#agent.alerts.length;
    const mine = () =>
      this.#agent.alerts
        .slice(from)
        .filter(({ alert }) => alert['containerID'] === this.#id && alert['ruleID'] === act.ruleId);
    writeFileSync(`${this.#folder}/go-${at}`, '');
    const timeoutMs = act.times * (act.pauseMs + 40) + 20_000;
    await waitFor(
      `${act.times} alerts of ${act.ruleId}`,
      () => mine().length >= act.times,
      timeoutMs,
    );
    return mine().map(
      ({ alert, atMs }) => performance.timeOrigin + atMs - Date.parse(String(alert['timestamp'])),
    );
  }
}

/** The value that a part of all values is not above: 0.5 is the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
