import type { Container } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import { stableName, workloadName } from '#profile/slug.js';
import { programStarted } from '../scenarios/happenings.ts';

const START_MS = 1_700_000_000_000;

/** One line of a recording. */
export type Entry = Readonly<Record<string, unknown>> & { readonly timeMs: number };

/** The same recording, in which nothing happens any more until so many seconds have gone by. */
export function lengthened(text: string, seconds: number): string {
  const lines = text.trimEnd().split('\n');
  const { timeMs: startMs } = JSON.parse(lines[0] ?? '') as Entry;
  // The last two lines: the totals at its end, and the end.
  const kept = lines.slice(0, -2).map((line) => `${line}\n`);
  return kept.join('') + endOf({ fromMs: startMs, seconds, entries: kept.length - 1 });
}

/** What a program does in a container: its moment in seconds, its path and its arguments. */
export type Start = readonly [seconds: number, path: string, args?: readonly string[]];

/** A container, and the programs that are started in it. */
export interface Part {
  readonly container: Partial<Container> & { readonly id: string };
  readonly starts: readonly Start[];
  /** Absent: it runs on. */
  readonly end?: { readonly atS: number; readonly exitCode: number };
}

/** A recording of containers that were seen from their start. */
export function recordingOf(parts: readonly Part[], seconds: number): string {
  const entries = parts
    .flatMap(entriesOf)
    .sort((a, b) => a.timeMs - b.timeMs)
    .map((entry, i) => ('pid' in entry ? { ...entry, seq: i + 1 } : entry));
  const lines = [
    { type: 'recording', version: 1, agentVersion: '0.1.0', timeMs: START_MS },
    { type: 'ready', timeMs: START_MS, kernel: '6.1.0', programs: [], skipped: [] },
    ...entries,
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return text + endOf({ fromMs: START_MS, seconds, entries: entries.length + 1 });
}

function entriesOf({ container: fields, starts, end }: Part, index: number): readonly Entry[] {
  const cgroupId = 5_000 + index;
  const pid = 100 + index;
  const { instanceId, ...rest } = aContainer(fields);
  const names = { profileName: stableName(instanceId), workloadName: workloadName(instanceId) };
  const container = { ...rest, instanceId, ...names, cgroupId, pid, startedAtMs: START_MS };
  const base = {
    ...{ cgroupId, mountNs: 1, pid, tid: pid, ppid: 1, uid: 0, gid: 0 },
    ...{ comm: 'main', parentComm: 'shim', setup: false },
  };
  return [
    { type: 'container-added', timeMs: START_MS + 1, container },
    ...starts.map(([seconds, path, args = []]) => ({
      ...base,
      timeMs: START_MS + seconds * 1_000,
      ...programStarted(path, args),
    })),
    ...(end ? [removal(fields.id, end)] : []),
  ];
}

function removal(containerId: string, { atS, exitCode }: NonNullable<Part['end']>): Entry {
  return { type: 'container-removed', timeMs: START_MS + atS * 1_000, containerId, exitCode };
}

/** The clock of a recording that is played goes on to its last record. */
function endOf({
  fromMs,
  seconds,
  entries,
}: Readonly<Record<'fromMs' | 'seconds' | 'entries', number>>) {
  const timeMs = fromMs + seconds * 1_000;
  const lines = [
    { type: 'totals', timeMs, emitted: 0, lost: 0 },
    { type: 'end', timeMs, entries: entries + 1 },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
