import { formatAge } from '#runtime/age.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import type { ContainerJson } from '#web/container-json.js';
import type { Cell, Colour } from '../text-table.ts';

/** A container as it is shown: as the agent told it, or `gone` when it tells of it no more. */
export type ShownContainer = Omit<ContainerJson, 'state' | 'reason'> & {
  readonly state: ContainerJson['state'] | 'gone';
  readonly reason: string;
};

/** One column of the table of containers. */
export interface ContainerColumn {
  readonly title: string;
  /** What stands there moves with the time alone. */
  readonly isTimed?: boolean;
  cell(container: ShownContainer, nowMs: number): Cell | string;
}

type Source = ContainerJson['sources'][number];

const NARROW: readonly ContainerColumn[] = [
  { title: 'CONTAINER', cell: ({ containerId }) => containerId.slice(0, 12) },
  { title: 'NAMESPACE', cell: ({ namespace }) => namespace ?? '-' },
  { title: 'POD', cell: ({ podName }) => podName ?? '-' },
  { title: 'NAME', cell: ({ containerName }) => containerName ?? '-' },
  { title: 'STATE', cell: stateCell },
  { title: 'STATUS', cell: ({ status }) => status ?? '-' },
  { title: 'COMPLETION', cell: ({ completion }) => completion ?? '-' },
  { title: 'ENFORCED', cell: ({ isEnforced }) => (isEnforced ? 'yes' : 'no') },
  { title: 'SOURCES', cell: ({ sources }) => sourcesCell(sources, ({ role }) => role) },
  { title: 'AGE', isTimed: true, cell: ({ since }, nowMs) => ageOf(since, nowMs) ?? '-' },
  { title: 'REASON', cell: ({ reason }) => reason },
];

const WIDE: readonly ContainerColumn[] = [
  ...NARROW.map((column) =>
    column.title === 'SOURCES'
      ? { ...column, cell: ({ sources }: ShownContainer) => sourcesCell(sources, versioned) }
      : column,
  ),
  { title: 'PROFILE', cell: ({ profileName }) => profileName ?? '-' },
  { title: 'KEPT/STORED', cell: entriesCell },
  { title: 'SIZE', cell: ({ sizeBytes }) => formatSize(sizeBytes) },
  { title: 'SHARED BY', cell: ({ sharedBy }) => (sharedBy === undefined ? '-' : `${sharedBy}`) },
  {
    title: 'REFRESHED',
    isTimed: true,
    cell: ({ lastRefresh }, now) => formatPast(lastRefresh, now),
  },
  { title: 'RETRY', isTimed: true, cell: ({ nextRetry }, now) => formatFuture(nextRetry, now) },
  { title: 'WOULD CHANGE BY', cell: ({ wouldChange }) => wouldChange },
  { title: 'LAST ERROR', cell: ({ sources }) => ({ text: errorsOf(sources), colour: 'red' }) },
];

/** The columns of `hullwatch containers`, or of `hullwatch containers -o wide`. */
export function containerColumns(isWide: boolean): readonly ContainerColumn[] {
  return isWide ? WIDE : NARROW;
}

/** The state, in the colour of what it means for the reader. */
export function stateCell({ state, isEnforced }: ShownContainer): Cell {
  const colours: Readonly<Record<ShownContainer['state'], Colour | undefined>> = {
    waiting: 'cyan',
    pending: 'yellow',
    cached: isEnforced ? 'green' : undefined,
    leaving: 'dim',
    gone: 'dim',
  };
  return { text: state, colour: colours[state] };
}

/** `5m ago`; `-` when it never was. */
export function formatPast(timestamp: string | undefined, nowMs: number): string {
  const age = ageOf(timestamp, nowMs);
  return age === undefined ? '-' : `${age} ago`;
}

/** `in 12s`, `now` when the time has come; `-` when there is none. */
export function formatFuture(timestamp: string | undefined, nowMs: number): string {
  const atMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (atMs === undefined) return '-';
  return atMs <= nowMs ? 'now' : `in ${formatAge(atMs - nowMs)}`;
}

/** How long ago that was; undefined when it is no time. */
export function ageOf(timestamp: string | undefined, nowMs: number): string | undefined {
  const atMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  return atMs === undefined ? undefined : formatAge(nowMs - atMs);
}

/** Bytes in KiB with one decimal. */
export function formatSize(sizeBytes: number | undefined): string {
  return sizeBytes === undefined ? '-' : `${(sizeBytes / 1_024).toFixed(1)} KiB`;
}

function entriesCell({ entries }: ShownContainer): string {
  if (entries === undefined) return '-';
  const counts = Object.values(entries);
  const sum = (of: (count: (typeof counts)[number]) => number) =>
    counts.reduce((total, count) => total + of(count), 0);
  return `${sum(({ kept }) => kept)}/${sum(({ stored }) => stored)}`;
}

/** What is there, and what could not be read: `learned,managed-network!,authored-for-pod(refused)`. */
function sourcesCell(sources: readonly Source[], named: (source: Source) => string): string {
  const shown = sources
    .filter(({ presence, error }) => presence === 'present' || error !== undefined)
    .map((source) => {
      const refused = source.refusal === undefined ? '' : '(refused)';
      return `${named(source)}${refused}${source.error === undefined ? '' : '!'}`;
    });
  return shown.join(',') || '-';
}

function versioned({ role, resourceVersion }: Source): string {
  return resourceVersion ? `${role}@${resourceVersion}` : role;
}

function errorsOf(sources: readonly Source[]): string {
  const told = sources.flatMap(({ role, error }) => (error ? [`${role}: ${error}`] : []));
  return told.join('; ') || '-';
}
