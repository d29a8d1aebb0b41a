import { formatAge } from '#runtime/age.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import type { Cell, Colour } from '../text-table.ts';
import type { LearnedProfile } from './learned-profile.ts';

const TITLES = ['NAMESPACE', 'NAME', 'STATUS', 'COMPLETION', 'ENTRIES', 'AGE', 'WHY'] as const;
const WIDE_TITLES = [
  ...TITLES.slice(0, -1),
  'WORKLOAD',
  'CONTAINER',
  'SEEN',
  'LOST',
  'DROPPED',
  'IN-PART',
  'RESTARTS',
  'COVERED',
  'WHY',
] as const;

/** The titles of the columns of {@link profileRow}. */
export function profileTitles(isWide: boolean): readonly string[] {
  return isWide ? WIDE_TITLES : TITLES;
}

/** One line of the table. A dash stands for what the profile does not say. */
export function profileRow(
  profile: LearnedProfile,
  { isWide, nowMs }: { readonly isWide: boolean; readonly nowMs: number },
): readonly (Cell | string)[] {
  const { completion, entries, status, because } = profile;
  const createdMs = parseTimestamp(profile.created);
  const head = [
    profile.namespace,
    profile.name,
    { text: status || '-', colour: colourOf(status) },
    { text: completion || '-', colour: completion === 'partial' ? 'yellow' : 'green' },
    entries === undefined ? '-' : String(entries),
    createdMs === undefined ? '-' : formatAge(nowMs - createdMs),
  ] satisfies readonly (Cell | string)[];
  return [...head, ...(isWide ? wideCells(profile) : []), because || '-'];
}

function wideCells({ workload, container, evidence }: LearnedProfile): readonly string[] {
  const counts = evidence && [
    evidence.seen,
    evidence.lost,
    evidence.dropped,
    evidence.truncated,
    evidence.agentRestarts,
  ];
  return [
    workload || '-',
    container || '-',
    ...(counts?.map(String) ?? ['-', '-', '-', '-', '-']),
    evidence === undefined ? '-' : formatAge(evidence.coveredMs),
  ];
}

function colourOf(status: string): Colour | undefined {
  if (status === 'completed') return 'green';
  return status === 'ready' ? 'cyan' : 'yellow';
}
