import type { TimeSeriesRow } from '#consolidation/time-series-row.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';

/** What a profile remembers of the reports that went into it. */
export interface Bookkeeping {
  /** None of them with data. */
  readonly rows: readonly TimeSeriesRow[];
  /** UIDs of the reports that the last write merged. They may still be there, and must not be merged again. */
  readonly merged: readonly string[];
}

/** Never shown by the store. */
const KEY = ANNOTATION.timeSeries;

/** Kubernetes takes 256 KiB of annotations in one object; most of it is left to this one. */
const MAX_BYTES = 192 * 1024;

const FIELDS = [
  'seriesId',
  'suffix',
  'reportTimestamp',
  'previousReportTimestamp',
  'status',
  'completion',
  'because',
  'learningPeriodMs',
  'isGivenUp',
] as const satisfies readonly (keyof TimeSeriesRow)[];

/**
 * Reads it. Nothing is remembered when the annotation is missing or was damaged by hand: series that go on then have a
 * gap, and do not become complete.
 */
export function bookkeepingOf(metadata: ObjectMeta | undefined): Bookkeeping {
  const text = metadata?.annotations?.[KEY];
  if (metadata === undefined || text === undefined) return { rows: [], merged: [] };
  const { rows, merged } = parsed(text);
  return {
    rows: listOf(rows).flatMap((row) => rowFrom(metadata, row)),
    merged: listOf(merged).filter((uid) => typeof uid === 'string'),
  };
}

/** The metadata as the store shows it. */
export function withoutBookkeeping(metadata: ObjectMeta): ObjectMeta {
  if (metadata.annotations?.[KEY] === undefined) return metadata;
  const { [KEY]: _own, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

/**
 * The metadata as it is written. Rows that do not fit are left out, those first whose series is oldest: such a series
 * cannot become complete any more.
 */
export function withBookkeeping(metadata: ObjectMeta, { rows, merged }: Bookkeeping): ObjectMeta {
  const shown = withoutBookkeeping(metadata);
  if (rows.length === 0 && merged.length === 0) return shown;
  const packed = rows.map((row) => FIELDS.map((field) => row[field]));
  let text = JSON.stringify({ rows: packed, merged });
  while (Buffer.byteLength(text) > MAX_BYTES && packed.length > 0) {
    packed.splice(0, Math.ceil(packed.length / 10));
    text = JSON.stringify({ rows: packed, merged });
  }
  return { ...shown, annotations: { ...shown.annotations, [KEY]: text } };
}

function rowFrom({ namespace, name }: ObjectMeta, packed: unknown): readonly TimeSeriesRow[] {
  const values = listOf(packed);
  const texts = values.filter((value) => typeof value === 'string');
  const [seriesId, suffix, reportTimestamp, previousReportTimestamp, status, completion, because] =
    texts;
  if (seriesId === undefined || suffix === undefined || reportTimestamp === undefined) return [];
  if (previousReportTimestamp === undefined || status === undefined) return [];
  if (completion === undefined) return [];
  return [
    {
      namespace,
      profileName: name,
      seriesId,
      suffix,
      reportTimestamp,
      previousReportTimestamp,
      status,
      completion,
      because: because ?? '',
      learningPeriodMs: values.find((value) => typeof value === 'number') ?? 0,
      isGivenUp: values.includes(true),
      hasData: false,
    },
  ];
}

function parsed(text: string): { readonly rows?: unknown; readonly merged?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
