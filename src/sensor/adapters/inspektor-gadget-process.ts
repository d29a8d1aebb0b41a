import type { RawEventBase } from '#model/raw-event.js';
import type { LineFields } from './line-fields.ts';
import { type NamedContainer, UNKNOWN_ID } from './line-meaning.ts';
import { timeOfLine } from './line-time.ts';

/** Field names of today (`proc.…`), then those of releases before 2025, which had them at the top. */
const PID = ['proc.pid', 'pid'] as const;

/** Who did it, and when. Throws `invalid` when the line names no process. */
export function processOfGadget(
  line: LineFields,
  nowMs: number,
): Omit<RawEventBase, 'type' | 'seq' | 'cgroupId'> {
  const pid = line.mustCount(...PID);
  return {
    timeMs: timeOfLine(line, { text: 'timestamp', ns: 'timestamp_raw' }, nowMs),
    mountNs: line.count('proc.mntns_id', 'mntns_id', 'mountnsid') ?? 0,
    pid,
    tid: line.count('proc.tid', 'tid') ?? pid,
    ppid: line.count('proc.parent.pid', 'ppid') ?? 0,
    uid: line.count('proc.creds.uid', 'uid') ?? UNKNOWN_ID,
    gid: line.count('proc.creds.gid', 'gid') ?? UNKNOWN_ID,
    comm: line.text('proc.comm', 'comm') ?? '',
    parentComm: line.text('proc.parent.comm', 'pcomm') ?? '',
    setup: false,
  };
}

/** Which container it happened in. */
export function containerOfGadget(line: LineFields): NamedContainer {
  const id = line.text('runtime.containerId') ?? '';
  const startedAt = line.text('runtime.containerStartedAt') || undefined;
  const life = startedAt ?? line.count('runtime.containerPid') ?? '';
  return { id: id.slice(id.lastIndexOf('/') + 1), life: String(life) };
}
