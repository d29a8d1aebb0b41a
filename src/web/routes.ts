import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { containerJson } from './container-json.ts';
import { findContainer } from './container-lookup.ts';
import type { Observed } from './observed.ts';
import { questionFromQuery } from './question-query.ts';

/** What goes back to whoever asked. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What a path's answer is made from. */
interface Asked {
  readonly observed: Observed;
  /** What stands in the place of `{id}`, decoded; empty where there is none. */
  readonly id: string;
  /** Behind the question mark, as it came. */
  readonly query: string;
}

interface Route {
  readonly path: string;
  /** For docs/containers.md. */
  readonly what: string;
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
}

/** Every path of the local HTTP port. */
export const ROUTES: readonly Route[] = [
  {
    path: '/healthz',
    what: 'status 200 when all is well, 503 otherwise; the conditions that hold',
    answer: ({ observed }) => {
      const conditions = observed.health.conditions();
      const ok = conditions.length === 0;
      const told = conditions.map(({ sinceMs, ...rest }) => {
        return { ...rest, since: formatTimestamp(sinceMs) };
      });
      return json(ok ? 200 : 503, { ok, conditions: told });
    },
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
];

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
    method,
    url = '/',
  }: { readonly method?: string | undefined; readonly url?: string | undefined },
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET is served here' });
  const [path = '', ...query] = url.split('?');
  try {
    return await route(observed, path, query.join('?'));
  } catch (reason) {
    const { code, message } = AgentError.from(reason);
    return json(STATUS_OF[code] ?? 500, { error: message });
  }
}

function route(observed: Observed, path: string, query: string): Answer | Promise<Answer> {
  const segments = segmentsOf(path);
  if (segments.length === 0) return json(200, { paths: ROUTES.map((each) => each.path) });
  for (const each of ROUTES) {
    const id = idIn(segmentsOf(each.path), segments);
    if (id !== undefined) return each.answer({ observed, id, query });
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
