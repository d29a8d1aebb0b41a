import type { HttpEndpoint } from '#model/profile.js';
import { isRecord } from '../is-record.ts';
import { sortedUnique } from '../list-merge.ts';
import { compareBytes } from './byte-order.ts';
import { collapsedPaths } from './collapse-paths.ts';
import type { CollapseSettings } from './collapse-settings.ts';
import { type EndpointAddress, parseEndpoint } from './endpoint-address.ts';
import { PathThresholds } from './path-thresholds.ts';

/** Written for any port. */
const ANY_PORT = '0';

type Located = EndpointAddress & { readonly entry: HttpEndpoint };

/**
 * One entry for each port, path, direction and side that is left when the paths of a port are collapsed
 * like those of opens, and when what also stands on port 0 (any) has been joined with that. Methods and values of
 * headers are united and sorted, so that the order in which they were seen makes no difference.
 * What is no URL is dropped. By endpoint, direction and side.
 */
export function collapseEndpoints(
  endpoints: readonly HttpEndpoint[],
  settings: Pick<CollapseSettings, 'endpointThreshold' | 'prefixes'>,
): readonly HttpEndpoint[] {
  const located = endpoints.flatMap((entry): Located[] => {
    const address = parseEndpoint(entry.endpoint ?? '');
    return address === undefined ? [] : [{ ...address, entry }];
  });
  return joinEndpoints(withPathsCollapsed(located, settings));
}

function withPathsCollapsed(
  located: readonly Located[],
  settings: Pick<CollapseSettings, 'endpointThreshold' | 'prefixes'>,
): readonly Located[] {
  const thresholds = new PathThresholds(settings.endpointThreshold, settings.prefixes);
  const byPort = Map.groupBy(located, ({ port }) => port);
  return [...byPort.values()].flatMap((ofPort) => {
    const forms = collapsedPaths(
      ofPort.map(({ path }) => path),
      { thresholds },
    );
    return ofPort.map((one) => ({ ...one, path: forms.get(one.path) ?? one.path }));
  });
}

function joinEndpoints(located: readonly Located[]): readonly HttpEndpoint[] {
  const onAnyPort = new Set(located.filter(({ port }) => port === ANY_PORT).map(placeOf));
  const byKey = Map.groupBy(located, (one) => {
    const port = onAnyPort.has(placeOf(one)) ? ANY_PORT : one.port;
    return JSON.stringify([`:${port}${one.path}`, placeOf(one)]);
  });
  return [...byKey]
    .map(([key, group]) => joined(JSON.parse(key)[0], group))
    .sort(
      (a, b) =>
        compareBytes(a.endpoint ?? '', b.endpoint ?? '') ||
        compareBytes(a.direction ?? '', b.direction ?? '') ||
        Number(a.internal) - Number(b.internal),
    );
}

/** All that tells endpoints apart, but the port. */
function placeOf({ path, entry }: Located): string {
  return JSON.stringify([path, entry.direction ?? '', entry.internal === true]);
}

function joined(endpoint: string, group: readonly Located[]): HttpEndpoint {
  const entries = group.map(({ entry }) => entry);
  const methods = sortedUnique(entries.flatMap((entry) => entry.methods ?? []));
  const headers = unitedHeaders(entries.map((entry) => entry.headers));
  const [{ direction, internal } = { direction: '', internal: false }] = entries;
  return {
    endpoint,
    ...(methods.length > 0 && { methods }),
    internal: internal === true,
    ...(direction && { direction }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

/** What is no object of lists, which a person may have written, says nothing. */
function unitedHeaders(all: readonly unknown[]): Readonly<Record<string, readonly string[]>> {
  const values = new Map<string, Set<string>>();
  for (const headers of all) {
    for (const [name, list] of Object.entries(isRecord(headers) ? headers : {})) {
      const known = values.get(name) ?? new Set();
      for (const value of Array.isArray(list) ? list : [list]) known.add(String(value));
      values.set(name, known);
    }
  }
  const names = [...values.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, sortedUnique(values.get(name) ?? [])]));
}
