import { request } from 'node:http';
import { parseListenAddress } from '#listening/listen-address.js';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { ContainerJson } from '#web/container-json.js';
import { HTTP_OPTION } from '#web/http-option.js';

const ANSWER_BUDGET_MS = 5_000;

const CODE_OF: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  404: 'not-found',
  409: 'invalid',
};

/** What an agent sent: its very text, and the object that it says. */
interface Sent {
  readonly text: string;
  readonly object: object;
}

/**
 * Asks an agent for a path; a question goes there by POST. Rejects with `unavailable` when it does not answer
 * or when something else does, with `invalid` or `not-found` and the agent's reason when it refuses.
 */
export type AskAgent = (path: string, signal: AbortSignal, question?: object) => Promise<Sent>;

/** Asks the agent that has this `http` option. Throws `invalid` when that is no address to ask at. */
export function agentAt(http: string, clock: Clock): AskAgent {
  if (http === 'off') {
    throw new AgentError(
      'invalid',
      'http: off: the agent serves nothing then; say with --http where it listens',
    );
  }
  const where = parseListenAddress(http, HTTP_OPTION);
  const target =
    where.kind === 'unix'
      ? { socketPath: where.path, host: 'localhost' }
      : { host: where.host, port: where.port };
  const what = `the agent at ${http}`;
  return async (path, signal, question) => {
    const budget = { clock, budgetMs: ANSWER_BUDGET_MS, signal, what };
    const { status, body } = await withBudget(budget, (within) =>
      send({ ...target, path, signal: within }, question).catch((error: NodeJS.ErrnoException) => {
        throw unanswered(http, error);
      }),
    );
    const object = objectIn(body);
    if (status === 200 && object) return { text: body, object };
    const reason = object && 'error' in object ? object.error : undefined;
    if (typeof reason === 'string') {
      throw new AgentError(CODE_OF[status] ?? 'unavailable', reason);
    }
    throw new AgentError('unavailable', `what answers at ${http} is not a Hullwatch agent`);
  };
}

/** Every container of the agent, by namespace, pod and name. Rejects as {@link AskAgent} does. */
export async function listContainers(
  ask: AskAgent,
  signal: AbortSignal,
): Promise<readonly ContainerJson[]> {
  const { object } = await ask('/api/v1/containers', signal);
  const items = 'items' in object ? object.items : undefined;
  if (!Array.isArray(items)) throw notUnderstood();
  return items.map(containerIn).toSorted(byName);
}

/** The container with this id, or whose id begins so. Rejects as {@link AskAgent} does. */
export async function oneContainer(
  ask: AskAgent,
  id: string,
  signal: AbortSignal,
): Promise<ContainerJson> {
  return containerIn((await ask(containerPath(id), signal)).object);
}

/** Where the API has a container. */
export function containerPath(id: string): string {
  return `/api/v1/containers/${encodeURIComponent(id)}`;
}

function send(
  options: { readonly path: string; readonly signal: AbortSignal },
  question?: object,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    // No connection is kept: the command ends, or asks again in a second.
    const how = question && { method: 'POST', headers: { 'content-type': 'application/json' } };
    const sent = request({ ...options, ...how, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(question && JSON.stringify(question));
  });
}

function unanswered(http: string, cause: NodeJS.ErrnoException): AgentError {
  if (cause.name === 'AbortError') return AgentError.from(cause);
  if (cause.code === 'EACCES' || cause.code === 'EPERM') {
    const message = `may not open ${http}; ask as the user that runs the agent, for example with sudo`;
    return new AgentError('unavailable', message, { cause });
  }
  const why = cause.code ?? cause.message;
  return new AgentError(
    'unavailable',
    `no agent answers at ${http} (${why}); start one with "hullwatch run", or say with --http where it listens`,
    { cause },
  );
}

/** As much of a check as the printing needs in order not to break down. */
function containerIn(value: unknown): ContainerJson {
  const container = value as ContainerJson | null;
  if (typeof container?.containerId !== 'string' || !Array.isArray(container.sources)) {
    throw notUnderstood();
  }
  return container;
}

function notUnderstood(): AgentError {
  return new AgentError(
    'unavailable',
    'what the agent sent is not a list of containers; is it of another version?',
  );
}

function objectIn(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function byName(a: ContainerJson, b: ContainerJson): number {
  return (
    compare(a.namespace, b.namespace) ||
    compare(a.podName, b.podName) ||
    compare(a.containerName, b.containerName) ||
    compare(a.containerId, b.containerId)
  );
}

/** In code unit order, what is not known last. */
function compare(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}
