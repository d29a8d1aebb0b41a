import type { ServedResource } from './resource-rows.ts';
import { refusal } from './status.ts';

/** What a path names. */
export type RequestTarget =
  | { readonly type: 'document'; readonly path: readonly string[] }
  | {
      readonly type: 'resource';
      readonly resource: ServedResource;
      /** Absent: every namespace, or a cluster-wide kind. */
      readonly namespace?: string;
      /** Absent: the collection. */
      readonly name?: string;
    };

/** Longer paths name nothing. */
const LONGEST_PATH = 2_048;

/**
 * Finds what a path names among `resources`; every path outside of `/api/VERSION/` and
 * `/apis/GROUP/VERSION/` is a document. Throws `BadRequest` for broken percent-encoding, `NotFound` for
 * resources that are not served.
 */
export function parseTarget(path: string, resources: readonly ServedResource[]): RequestTarget {
  if (path.length > LONGEST_PATH) throw nothingThere();
  const segments = path.split('/').slice(1).map(decoded);
  const endsInSlash = segments.at(-1) === '';
  if (endsInSlash) segments.pop();
  const [root, ...rest] = segments;
  const isResource = rest.length > (root === 'api' ? 1 : 2) && /^apis?$/.test(root ?? '');
  // To leave out a name must not turn the deletion of one object into that of all.
  if (isResource && endsInSlash) throw nothingThere();
  if (root === 'api' && rest.length > 1) return resourceTarget(['', ...rest], resources);
  if (root === 'apis' && rest.length > 2) return resourceTarget(rest, resources);
  return { type: 'document', path: segments };
}

function resourceTarget(
  [group = '', version = '', ...rest]: readonly string[],
  resources: readonly ServedResource[],
): RequestTarget {
  const find = (plural: string | undefined, namespaced: boolean) =>
    resources.find(
      ({ definition: each }) =>
        each.group === group &&
        each.version === version &&
        each.plural === plural &&
        each.namespaced === namespaced,
    );
  const [first, second, third, fourth] = rest;
  if (first === 'namespaces' && third !== undefined) {
    const resource = rest.length <= 4 ? find(third, true) : undefined;
    if (!resource || !second) throw nothingThere();
    return { type: 'resource', resource, namespace: second, ...(fourth && { name: fourth }) };
  }
  const resource = rest.length === 1 ? find(first, true) : undefined;
  const clusterWide = rest.length <= 2 ? find(first, false) : undefined;
  const found = clusterWide ?? resource;
  if (!found) throw nothingThere();
  return { type: 'resource', resource: found, ...(second && { name: second }) };
}

/** The words that Kubernetes has for it. */
export function nothingThere() {
  return refusal('NotFound', 'the server could not find the requested resource');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refusal('BadRequest', 'the path: expected percent-encoded UTF-8');
  }
}
