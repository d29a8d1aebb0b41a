import type { StoredObject } from '../kills/served-store.ts';

/** Say when, how often, or where something was written, and not what was learned. */
const PASSING = [
  'hullwatch.io/evidence',
  'hullwatch.io/newest-report',
  'hullwatch.io/time-series',
  'kubescape.io/sync-checksum',
];

/** A report that waits to be merged. */
export function isReport({ metadata }: StoredObject): boolean {
  return metadata.annotations?.['kubescape.io/report-series-id'] !== undefined;
}

/** What was learned, by name: entries, labels, and every annotation that says how far it is learned. */
export function lastingProfiles(
  objects: readonly StoredObject[],
): Readonly<Record<string, unknown>> {
  const profiles = objects.filter((object) => !isReport(object));
  return Object.fromEntries(
    profiles.map(({ metadata, spec }) => {
      const annotations = Object.entries(metadata.annotations ?? {})
        .filter(([name]) => !PASSING.includes(name))
        .sort();
      const counts = countsOf(metadata.annotations?.['hullwatch.io/evidence']);
      return [metadata.name, { annotations, counts, labels: metadata['labels'], spec }];
    }),
  );
}

/** `web completed complete`, for each profile of a work recording. */
export function statesOf(objects: readonly StoredObject[]): readonly string[] {
  return objects
    .filter((object) => !isReport(object))
    .map(({ metadata: { name, annotations = {} } }) => {
      const workload = name.replace(/^replicaset-(.*)-5d-main-.*$/, '$1');
      return `${workload} ${annotations['kubescape.io/status']} ${annotations['kubescape.io/completion']}`;
    })
    .sort();
}

/** The states in which two agents leave the profiles of their work recordings. */
export function finalStates(nodes: readonly string[]): readonly string[] {
  const own = nodes.flatMap((node) => [
    `${node}-by-time completed complete`,
    `${node}-job completed partial`,
    `${node}-runs-on ready complete`,
    `${node}-short completed complete`,
    `${node}-web completed complete`,
  ]);
  return [...own, 'everywhere completed complete'].sort();
}

function countsOf(evidence: string | undefined): unknown {
  if (evidence === undefined) return undefined;
  const { coveredMs: _covered, ...counts } = JSON.parse(evidence) as Record<string, unknown>;
  return counts;
}
