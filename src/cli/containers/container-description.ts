import { oneLine } from '../one-line.ts';
import { painted } from '../text-table.ts';
import {
  ageOf,
  formatFuture,
  formatPast,
  formatSize,
  type ShownContainer,
  stateCell,
} from './container-columns.ts';

/** `lead` stands before the value. */
type Line = readonly [label: string, value: string | undefined, lead?: string];
type Source = ShownContainer['sources'][number];

/** All that is known about one container, a line each; what is not known is left out. */
export function describeContainer(
  container: ShownContainer,
  { nowMs, hasColour }: { readonly nowMs: number; readonly hasColour: boolean },
): string {
  const { containerName, containerType, sources } = container;
  const type = containerType && containerType !== 'containers' ? ` (${containerType})` : '';
  const state = painted(stateCell(container), hasColour);
  const age = ageOf(container.since, nowMs) ?? 'unknown time';
  const lines = labelled('', [
    ['Container', containerName && `${containerName}${type}`],
    ['ID', container.containerId],
    ['Namespace', container.namespace],
    ['Pod', podOf(container)],
    ['Pre-existing', yesOrNo(container.preExisting)],
    ['State', `, since ${container.since} (${age})`, state],
    ['Reason', container.reason],
    ['Would change by', container.wouldChange],
    ['Profile', container.profileName],
    ['Status', container.status],
    ['Completion', container.completion],
    ['Enforced', yesOrNo(container.isEnforced)],
    ['Size', sizeOf(container)],
    ['Last refresh', timed(container.lastRefresh, formatPast(container.lastRefresh, nowMs))],
    ['Next retry', timed(container.nextRetry, formatFuture(container.nextRetry, nowMs))],
  ]);
  return [...lines, ...entriesOf(container), ...sourceSections(sources)]
    .map((line) => `${line}\n`)
    .join('');
}

function podOf({ podName, podUid }: ShownContainer): string | undefined {
  if (podName === undefined) return undefined;
  return podUid ? `${podName} (uid ${podUid})` : podName;
}

function sizeOf({ sizeBytes, sharedBy }: ShownContainer): string | undefined {
  if (sizeBytes === undefined) return undefined;
  const shared = sharedBy !== undefined && sharedBy > 1 ? `, shared by ${sharedBy} containers` : '';
  return `${formatSize(sizeBytes)}${shared}`;
}

function entriesOf({ entries }: ShownContainer): readonly string[] {
  if (entries === undefined) return [];
  const filled = Object.entries(entries).filter(([, { stored }]) => stored > 0);
  if (filled.length === 0) return ['Entries: none'];
  const rows = filled.map(([surface, { kept, stored }]): Line => [surface, `${kept} of ${stored}`]);
  return ['Entries kept of those stored:', ...labelled('  ', rows)];
}

function sourceSections(sources: readonly Source[]): readonly string[] {
  if (sources.length === 0) return ['Sources: none known yet'];
  const sections = sources.flatMap((source) => [
    `  ${source.role}`,
    ...labelled('    ', [
      ['Object', `${source.kind} ${source.namespace}/${source.name}`],
      ['Presence', source.presence],
      ['Version', source.resourceVersion],
      ['Not used', source.refusal],
      ['Last error', source.error],
    ]),
  ]);
  return ['Sources:', ...sections];
}

/** Values below each other, behind their labels. */
function labelled(indent: string, lines: readonly Line[]): readonly string[] {
  const known = lines.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...known.map(([label]) => label.length)) + 1;
  return known.map(([label, value = '', lead = '']) => {
    return `${indent}${`${label}:`.padEnd(width)}  ${lead}${oneLine(value)}`;
  });
}

function timed(timestamp: string | undefined, relative: string): string | undefined {
  return timestamp === undefined ? undefined : `${timestamp} (${relative})`;
}

function yesOrNo(value: boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value ? 'yes' : 'no';
}
