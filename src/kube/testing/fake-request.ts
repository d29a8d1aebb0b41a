import type { IncomingMessage } from 'node:http';
import type { FakeObject } from './fake-objects.ts';

/** A request as a fake API server sees it. */
export interface FakeRequest {
  readonly method: string;
  /** What it is about; `watch` is a GET with `watch=true`. */
  readonly verb: 'list' | 'watch' | 'get' | 'create' | 'update' | 'delete' | 'other';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly body: unknown;
}

const PATH = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?$/;

/** Reads a request to its end. */
export async function fakeRequestOf(incoming: IncomingMessage): Promise<FakeRequest> {
  const url = new URL(incoming.url ?? '/', 'http://fake');
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const [, namespace, collection = '', name] = PATH.exec(url.pathname) ?? [];
  const query = Object.fromEntries(url.searchParams);
  const method = incoming.method ?? 'GET';
  return {
    method,
    verb: verbOf(method, name, query),
    path: url.pathname,
    query,
    headers: incoming.headers,
    collection,
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: name === undefined ? undefined : decodeURIComponent(name),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Whether an object is one that a list or a watch asks for: namespace, and selectors with `=` alone. */
export function isWanted({ namespace, query }: FakeRequest, object: FakeObject): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  const labels = object.metadata.labels ?? {};
  return (
    pairs(query['fieldSelector']).every(([path, value]) => fieldOf(object, path) === value) &&
    pairs(query['labelSelector']).every(([label, value]) => labels[label] === value)
  );
}

function verbOf(
  method: string,
  name: string | undefined,
  query: FakeRequest['query'],
): FakeRequest['verb'] {
  if (method === 'GET' && name !== undefined) return 'get';
  if (method === 'GET') return query['watch'] === 'true' ? 'watch' : 'list';
  const verbs = { POST: 'create', PUT: 'update', DELETE: 'delete' } as const;
  return verbs[method as keyof typeof verbs] ?? 'other';
}

function pairs(selector: string | undefined): readonly (readonly [string, string])[] {
  return (selector ?? '')
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [field = '', value = ''] = part.split(/==?/);
      return [field, value] as const;
    });
}

function fieldOf(object: FakeObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, field) => Object(value)[field], object);
}
