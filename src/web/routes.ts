import { REMEMBERED_ALERTS } from '#agent/alert-memory.js';
import { findContainer } from '#agent/container-lookup.js';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { HealthEffect } from '#runtime/health-conditions.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { containerJson } from './container-json.ts';
import { explanation } from './explain-request.ts';
import type { Observed } from './observed.ts';
import { questionFromQuery } from './question-query.ts';

/** What goes back to whoever asked. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** The methods that would have been served, when this one is not. */
  readonly allow?: string;
}

/** What a path's answer is made from. */
interface Asked {
  readonly observed: Observed;
  /** What stands in the place of `{id}`, decoded; empty where there is none. */
  readonly id: string;
  /** Behind the question mark, as it came. */
  readonly query: string;
  /** Of a POST, what was sent. */
  readonly body: () => Promise<string>;
}

interface Route {
  readonly path: string;
  /** GET and HEAD when absent. */
  readonly method?: 'POST';
  /** For docs/containers.md. */
  readonly what: string;
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
}

/** Every path of the local HTTP port. */
export const ROUTES: readonly Route[] = [
  {
    path: '/healthz',
    what: 'status 200 when all is well, 503 otherwise; the conditions that hold',
    answer: ({ observed }) => healthAnswer(observed, ['degraded', 'unready', 'stuck']),
  },
  {
    path: '/readyz',
    what: 'the same, with 503 only while the agent cannot do its work as it should',
    answer: ({ observed }) => healthAnswer(observed, ['unready', 'stuck']),
  },
  {
    path: '/livez',
    what: 'the same, with 503 only while it makes no progress, so that a restart may help',
    answer: ({ observed }) => healthAnswer(observed, ['stuck']),
  },
  {
    path: '/metrics',
    what: 'the metrics, as Prometheus scrapes them',
    answer: async ({ observed: { metrics } }) => ({
      status: 200,
      type: metrics.contentType,
      body: await metrics.render(),
    }),
  },
  {
    path: '/api/v1/accounting',
    what: 'how many events came, and what became of them',
    answer: ({ observed }) => json(200, observed.accounting()),
  },
  {
    path: '/api/v1/containers',
    what: 'every container in the profile cache',
    answer: ({ observed }) => json(200, { items: observed.containers().map(containerJson) }),
  },
  {
    path: '/api/v1/containers/{id}',
    what: 'one container; the beginning of its id will do, from 4 characters on',
    answer: ({ observed, id }) => json(200, containerJson(findContainer(observed, id))),
  },
  {
    path: '/api/v1/containers/{id}/explain',
    what: 'which entries of its profile allow what is asked behind the question mark',
    answer: explain,
  },
  {
    path: '/api/v1/alerts',
    what: 'the last alerts, newest first: 100, or as many as `?limit=N` says, up to 500',
    answer: ({ observed, query }) =>
      json(200, { items: observed.alerts.recent().slice(0, limitIn(query)) }),
  },
  {
    path: '/api/v1/alerts/{id}',
    what: 'one alert; the beginning of its idempotency key will do, from 4 characters on',
    answer: async ({ observed, id }) => json(200, await observed.alerts.alert(id)),
  },
  {
    path: '/api/v1/alerts/{id}/overlay',
    what: 'user-managed profiles that would have allowed it, and what to know about them',
    answer: async ({ observed, id }) => json(200, await observed.alerts.overlayFor(id)),
  },
  {
    path: '/api/v1/explain',
    method: 'POST',
    what: 'why an alert was raised, or why an event would or would not raise one (`docs/explain.md`)',
    answer: async ({ observed, body }) => json(200, await explanation(observed, await body())),
  },
];

const LISTED_ALERTS = 100;

function limitIn(query: string): number {
  const text = new URLSearchParams(query).get('limit') ?? `${LISTED_ALERTS}`;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= REMEMBERED_ALERTS) return limit;
  throw new AgentError('invalid', `limit: expected a number from 1 to ${REMEMBERED_ALERTS}`);
}

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  unavailable: 503,
};

/** Answers a request. Never rejects: what cannot be answered is a status and a reason in words. */
export async function answerTo(
  observed: Observed,
  {
    method = '',
    url = '/',
    body,
  }: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly body: () => Promise<string>;
  },
): Promise<Answer> {
  const [path = '', ...query] = url.split('?');
  try {
    return await route({ observed, query: query.join('?'), body }, method, path);
  } catch (reason) {
    const { code, message } = AgentError.from(reason);
    return json(STATUS_OF[code] ?? 500, { error: message });
  }
}

function route(asked: Omit<Asked, 'id'>, method: string, path: string): Answer | Promise<Answer> {
  const segments = segmentsOf(path);
  if (segments.length === 0) return json(200, { paths: ROUTES.map((each) => each.path) });
  for (const each of ROUTES) {
    const id = idIn(segmentsOf(each.path), segments);
    if (id === undefined) continue;
    const methods = each.method === undefined ? ['GET', 'HEAD'] : [each.method];
    if (methods.includes(method)) return each.answer({ ...asked, id });
    const allow = methods.join(', ');
    return { ...json(405, { error: `only ${allow} is served here` }), allow };
  }
  const shown = path.length > 80 ? `${path.slice(0, 80)}…` : path;
  throw new AgentError('not-found', `there is nothing at ${shown}; see /`);
}

/** What stands in the place of `{id}`, or an empty text where there is none; undefined: another path. */
function idIn(pattern: readonly string[], segments: readonly string[]): string | undefined {
  if (pattern.length !== segments.length) return undefined;
  let id = '';
  for (const [at, segment] of segments.entries()) {
    if (pattern[at] === '{id}' && segment !== '') id = segment;
    else if (pattern[at] !== segment) return undefined;
  }
  return id;
}

/** A slash at the end makes no difference. */
function segmentsOf(path: string): readonly string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/').map(decoded);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AgentError('invalid', 'the path: expected percent-encoded UTF-8');
  }
}

/** All conditions are told; only those of some effects make the status 503. */
function healthAnswer({ health }: Observed, counting: readonly HealthEffect[]): Answer {
  const conditions = health.conditions();
  const ok = !conditions.some(({ effect }) => counting.includes(effect));
  const told = conditions.map(({ sinceMs, ...rest }) => ({
    ...rest,
    since: formatTimestamp(sinceMs),
  }));
  return json(ok ? 200 : 503, { ok, conditions: told });
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

function explain({ observed, id, query }: Asked): Answer {
  const question = questionFromQuery(query);
  const { containerId, state, reason } = findContainer(observed, id);
  const answer = observed.explain(containerId, question);
  if (answer) return json(200, answer);
  throw new AgentError(
    'not-found',
    `container ${containerId} has no profile to ask: it is ${state} (${reason})`,
  );
}
