import { AgentError } from '#model/agent-error.js';
import type { ProfileAnswer } from '#model/profile-question.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import type { ContainerJson } from '#web/container-json.js';
import {
  type AskAgent,
  agentAt,
  containerPath,
  listContainers,
  oneContainer,
} from '../containers/agent-client.ts';
import { containerColumns, type ShownContainer } from '../containers/container-columns.ts';
import { describeContainer } from '../containers/container-description.ts';
import { watchContainers } from '../containers/container-watch.ts';
import { explainAnswer, joinAnswers } from '../containers/explanation.ts';
import { readQuestion } from '../containers/question-words.ts';
import { EXIT } from '../exit-code.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';
import { TextTable } from '../text-table.ts';

/** What `hullwatch containers` is asked for. */
export interface ContainersOptions {
  /** The option `http` of the agent that is asked. */
  readonly http: string;
  /** A container id or the beginning of one; absent: all containers. */
  readonly id?: string | undefined;
  /** Absent: a table, or a description of the one container. */
  readonly output?: 'wide' | 'json' | undefined;
  readonly isWatch?: boolean;
  /** A question to the profile of the one container. */
  readonly explain?: string | undefined;
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

interface Asking extends ContainersOptions {
  readonly clock: Clock;
  readonly ask: AskAgent;
}

/** `hullwatch containers`: gives the exit status. Rejects with what {@link agentAt} rejects with. */
export async function runContainers(options: ContainersOptions): Promise<number> {
  const { clock = systemClock, explain, id, isWatch = false } = options;
  if (explain !== undefined && (id === undefined || isWatch)) {
    const problem = id === undefined ? 'expected the id of a container' : 'cannot be watched';
    throw new AgentError('invalid', `--explain: ${problem}`);
  }
  const asking = { ...options, clock, ask: agentAt(options.http, clock) };
  await untilStopped((signal) => {
    if (isWatch) return watch(asking, signal);
    return id === undefined ? showAll(asking, signal) : showOne(asking, id, signal);
  });
  return EXIT.ok;
}

async function showAll(asking: Asking, signal: AbortSignal): Promise<void> {
  const { ask, output, terminal } = asking;
  if (output === 'json') {
    terminal.write((await ask('/api/v1/containers', signal)).text);
    return;
  }
  const containers = await listContainers(ask, signal);
  if (containers.length === 0) terminal.writeError('the agent has no containers\n');
  else terminal.write(tableOf(asking)(containers));
}

async function showOne(asking: Asking, id: string, signal: AbortSignal): Promise<void> {
  const { ask, clock, explain, output, terminal } = asking;
  if (explain !== undefined) return showExplanation(asking, { id, explain }, signal);
  if (output === 'json') {
    terminal.write((await ask(containerPath(id), signal)).text);
    return;
  }
  const container = await oneContainer(ask, id, signal);
  const { hasColour } = terminal;
  terminal.write(
    output === 'wide'
      ? tableOf(asking)([container])
      : describeContainer(container, { nowMs: clock.now(), hasColour }),
  );
}

async function showExplanation(
  { ask, output, terminal }: Asking,
  { id, explain }: { readonly id: string; readonly explain: string },
  signal: AbortSignal,
): Promise<void> {
  const { queries, surfaces } = readQuestion(explain);
  const container = await oneContainer(ask, id, signal);
  const path = `${containerPath(container.containerId)}/explain`;
  const answers: ProfileAnswer[] = [];
  for (const query of queries) {
    const { object } = await ask(`${path}?${query}`, signal);
    answers.push(object as ProfileAnswer);
  }
  const answer = joinAnswers(answers);
  const { hasColour } = terminal;
  terminal.write(
    output === 'json'
      ? `${JSON.stringify(answer, null, 2)}\n`
      : explainAnswer(answer, { container, surfaces, hasColour }),
  );
}

async function watch(asking: Asking, signal: AbortSignal): Promise<void> {
  const { ask, clock, id, output, terminal } = asking;
  const columns = containerColumns(output === 'wide').filter(({ isTimed }) => !isTimed);
  const format = output === 'json' ? jsonLines : tableOf(asking);
  const full = id === undefined ? undefined : (await oneContainer(ask, id, signal)).containerId;
  await watchContainers(
    {
      clock,
      list: (within) =>
        full === undefined ? listContainers(ask, within) : ifThere(oneContainer(ask, full, within)),
      looksOf: (container) =>
        output === 'json'
          ? JSON.stringify({ ...container, lastRefresh: undefined, nextRetry: undefined })
          : JSON.stringify(columns.map(({ cell }) => cell(container, 0))),
      show: (changed) => terminal.write(format(changed)),
      tell: (line) => terminal.writeError(`${line}\n`),
    },
    signal,
  );
}

async function ifThere(container: Promise<ContainerJson>): Promise<readonly ContainerJson[]> {
  try {
    return [await container];
  } catch (reason) {
    if (AgentError.from(reason).code === 'not-found') return [];
    throw reason;
  }
}

/** Formats rows of one table, the titles before the first ones. */
function tableOf({ clock, output, terminal }: Asking) {
  const columns = containerColumns(output === 'wide');
  const table = new TextTable(terminal.hasColour);
  let titles: readonly (readonly string[])[] = [columns.map(({ title }) => title)];
  return (containers: readonly ShownContainer[]): string => {
    const nowMs = clock.now();
    const rows = containers.map((container) => columns.map(({ cell }) => cell(container, nowMs)));
    const text = table.format([...titles, ...rows]);
    titles = [];
    return text;
  };
}

function jsonLines(containers: readonly ShownContainer[]): string {
  return containers.map((container) => `${JSON.stringify(container)}\n`).join('');
}
