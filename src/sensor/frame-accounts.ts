import {
  type CgroupRecord,
  EVENT_TYPES,
  type EventType,
  type LostRecord,
  type SuppressedRecord,
  type TotalsRecord,
} from '#model/raw-event.js';
import { type FrameBytes, readTimeMs, readUint64 } from './frame-bytes.ts';
import { EVENT_TYPE_CAPACITY, OFFSET } from './frame-layout.ts';
import { FrameTexts } from './frame-texts.ts';

/** The cgroup frame that starts at `at`. */
export function decodeCgroup(frame: FrameBytes, at: number): CgroupRecord {
  const texts = new FrameTexts(frame, at, OFFSET.cgroup.name);
  return {
    type: 'cgroup',
    timeMs: readTimeMs(frame, at),
    cgroupId: readUint64(frame.view, at + OFFSET.cgroup.cgroupId),
    name: texts.take(OFFSET.cgroup.nameSize),
    parentName: texts.take(OFFSET.cgroup.parentSize),
  };
}

/** The lost frame that starts at `at`: one record an entry and reason, none where nothing was lost. */
export function decodeLost(frame: FrameBytes, at: number): readonly LostRecord[] {
  const { view } = frame;
  const timeMs = readTimeMs(frame, at);
  const records: LostRecord[] = [];
  const count = view.getUint32(at + OFFSET.lost.count, true);
  for (let index = 0; index < count; index += 1) {
    const entryAt = at + OFFSET.lost.entries + index * OFFSET.lostEntry.end;
    const cgroupId = readUint64(view, entryAt + OFFSET.lostEntry.cgroupId);
    const full = readUint64(view, entryAt + OFFSET.lostEntry.full);
    const share = readUint64(view, entryAt + OFFSET.lostEntry.share);
    const whose = cgroupId === 0 ? {} : { cgroupId };
    if (full > 0) records.push({ type: 'lost', timeMs, count: full, ...whose });
    if (share > 0) records.push({ type: 'lost', timeMs, count: share, ...whose, reason: 'share' });
  }
  return records;
}

/** The suppressed frame that starts at `at`; types of which nothing was suppressed are left out. */
export function decodeSuppressed(frame: FrameBytes, at: number): SuppressedRecord {
  return {
    type: 'suppressed',
    timeMs: readTimeMs(frame, at),
    duplicates: readCounts(frame.view, at + OFFSET.suppressed.duplicates),
    unwanted: readCounts(frame.view, at + OFFSET.suppressed.unwanted),
  };
}

/** The totals frame that starts at `at`. */
export function decodeTotals(frame: FrameBytes, at: number): TotalsRecord {
  return {
    type: 'totals',
    timeMs: readTimeMs(frame, at),
    emitted: sumCounts(frame.view, at + OFFSET.totals.emitted),
    lost: sumCounts(frame.view, at + OFFSET.totals.lost),
  };
}

function readCounts(view: DataView, at: number): Partial<Record<EventType, number>> {
  const counts: Partial<Record<EventType, number>> = {};
  for (const [index, type] of EVENT_TYPES.entries()) {
    const count = readUint64(view, at + 8 * index);
    if (count > 0) counts[type] = count;
  }
  return counts;
}

/** Of all types, also of those that this reader has no name for. */
function sumCounts(view: DataView, at: number): number {
  let sum = 0;
  for (let type = 0; type < EVENT_TYPE_CAPACITY; type += 1) sum += readUint64(view, at + 8 * type);
  return sum;
}
