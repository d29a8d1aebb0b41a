import type { IncomingMessage } from 'node:http';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import {
  type Answer,
  type ApiRequest,
  jsonAnswer,
  type ResourceRequest,
  type WholeAnswer,
} from './api-request.ts';
import { deleteObject, deleteObjects } from './delete-requests.ts';
import type { Documents } from './documents.ts';
import { getObject, listObjects } from './read-requests.ts';
import { type BodyLimits, withBody } from './request-body.ts';
import { nothingThere } from './request-target.ts';
import type { ServedResource } from './resource-rows.ts';
import { verbsOf } from './schema/group-versions.ts';
import { failure, Refusal } from './status.ts';
import type { WatchHub } from './watch-hub.ts';
import { watchObjects } from './watch-request.ts';
import { createObject, patchObject, updateObject, type WriteRequest } from './write-requests.ts';

/** What requests are answered with. */
export interface HandlerSources {
  readonly documents: Documents;
  readonly hubOf: (resource: ServedResource, withBodies: boolean) => WatchHub;
  readonly clock: Clock;
  readonly random: Random;
  /** What takes long gives way to others. */
  readonly slices: WorkSlices;
  readonly limits: BodyLimits;
}

/** What a request does, in the words of Kubernetes. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

type Act = (request: ResourceRequest, sources: HandlerSources) => Promise<Answer>;

const ACTS: Readonly<Record<Verb, Act>> = {
  get: (request, { clock }) => getObject(request, clock),
  list: (request, sources) => listObjects(request, sources),
  watch: (request, { hubOf, clock, random }) => {
    const hub = (withBodies: boolean) => hubOf(request.target.resource, withBodies);
    return watchObjects(request, { hub, clock, random });
  },
  create: writing(createObject),
  update: writing(updateObject),
  patch: writing(patchObject),
  delete: (request, { limits }) =>
    withBody(request.incoming, limits, (body) => deleteObject(request, body)),
  deletecollection: (request, { limits, slices }) =>
    withBody(request.incoming, limits, (body) => deleteObjects({ request, body, slices })),
};

const VERB_OF_ONE: Readonly<Record<string, Verb>> = {
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const VERB_OF_ALL: Readonly<Record<string, Verb>> = {
  GET: 'list',
  HEAD: 'list',
  POST: 'create',
  DELETE: 'deletecollection',
};

/** What a request does; undefined when its method does not go with its path, or with this kind. */
export function verbOf({ incoming, target, query }: ApiRequest): Verb | undefined {
  if (target.type === 'document') return undefined;
  const verbs = target.name === undefined ? VERB_OF_ALL : VERB_OF_ONE;
  const method = incoming.method ?? '';
  const plain = Object.hasOwn(verbs, method) ? verbs[method] : undefined;
  // HEAD has no body, so there is nothing to watch.
  const verb = plain === 'list' && method === 'GET' && query.flag('watch') ? 'watch' : plain;
  const { definition } = target.resource;
  if (verb === undefined || !verbsOf(definition).includes(verb)) return undefined;
  // Objects with a namespace are not made or removed without one.
  const isAcross = definition.namespaced && target.namespace === undefined;
  return isAcross && (verb === 'create' || verb === 'deletecollection') ? undefined : verb;
}

/** Answers a request. Rejects with refusals and with the errors of the store. */
export async function answerRequest(
  request: ApiRequest,
  verb: Verb | undefined,
  sources: HandlerSources,
): Promise<Answer> {
  const { target } = request;
  if (target.type === 'document') return documentAnswer(request.incoming, target.path, sources);
  if (verb === undefined) throw methodNotAllowed(allowedOn(request));
  return ACTS[verb]({ ...request, target }, sources);
}

function documentAnswer(
  { method = '', headers }: IncomingMessage,
  ...[path, { documents }]: [readonly string[], HandlerSources]
): Answer {
  const answer = documents.at(path, headers.accept);
  if (answer === undefined) throw nothingThere();
  if (method === 'GET' || method === 'HEAD') return answer;
  throw methodNotAllowed('GET, HEAD');
}

function writing(work: (write: WriteRequest) => Promise<Answer>): Act {
  return (request, { clock, limits }) =>
    withBody(request.incoming, limits, (body) =>
      work({ request, body, clock, mostBytes: limits.mostBytes }),
    );
}

function allowedOn({ target }: ApiRequest): string {
  const isOne = target.type === 'resource' && target.name !== undefined;
  return Object.keys(isOne ? VERB_OF_ONE : VERB_OF_ALL).join(', ');
}

function methodNotAllowed(allow: string): Refusal {
  const message = 'the server does not allow this method on the requested resource';
  return new Refusal(failure('MethodNotAllowed', message), { allow });
}

/** A refusal as an answer. */
export function refusalAnswer({ status, headers }: Refusal): WholeAnswer {
  const retryAfter = status.details?.retryAfterSeconds;
  const plain = jsonAnswer(status.code, status);
  return {
    ...plain,
    headers: { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) },
  };
}
