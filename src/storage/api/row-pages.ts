import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { StoredRow } from '../object-store.ts';
import type { ResourceRows } from './resource-rows.ts';
import type { RowSelection } from './row-selection.ts';

/** What to read. */
export interface ReadOptions {
  readonly rows: ResourceRows;
  readonly selection: RowSelection;
  readonly withBodies: boolean;
  readonly signal: AbortSignal;
  /** Between two pages others get their turn. */
  readonly slices: WorkSlices;
  /** Absent: as it is now; all pages are of the version of the first. */
  readonly atVersion?: number;
  readonly after?: ObjectKey;
  /** No more than so many rows. */
  readonly limit?: number | undefined;
}

/** Some of the rows, in order. */
export interface SelectedPage {
  /** The same in all pages. */
  readonly resourceVersion: number;
  readonly rows: readonly StoredRow[];
  /** How many rows of the namespace come after the last one looked at, selected or not. */
  readonly remaining: number;
  /** The last one that was looked at. */
  readonly last: ObjectKey | undefined;
}

/** Rows read at once: few at first, then as many as make a page of this size. */
const FIRST_PAGE_ROWS = 16;
const PAGE_BYTES = 1_000_000;
const MOST_PAGE_ROWS = 500;

/**
 * Reads the selected rows of one version, page by page, so that a long list is never in memory as a
 * whole. There is always a first page, which may be empty. With a selector, bodies are read only of
 * rows that match. Rejects as `ObjectStore.list` does.
 */
export async function* selectedPages(options: ReadOptions): AsyncGenerator<SelectedPage, void> {
  let { atVersion, after, limit } = options;
  let pageRows = FIRST_PAGE_ROWS;
  for (;;) {
    const page = await onePage(
      { ...options, ...(atVersion !== undefined && { atVersion }), ...(after && { after }) },
      Math.min(pageRows, limit ?? pageRows),
    );
    atVersion = page.resourceVersion;
    after = page.last ?? after;
    yield page;
    // Reading takes no wait of its own, so a long list would hold up everybody else.
    await options.slices.turn();
    if (limit !== undefined) limit -= page.rows.length;
    if (page.remaining === 0 || limit === 0) return;
    pageRows = nextPageRows(page);
  }
}

async function onePage(options: ReadOptions, limit: number): Promise<SelectedPage> {
  const { rows, selection, withBodies, signal, atVersion, after } = options;
  const { namespace, matches, readsBody } = selection;
  const query = {
    signal,
    ...(namespace !== undefined && { namespace }),
    ...(atVersion !== undefined && { atVersion }),
    ...(after && { after }),
  };
  if (matches === undefined) {
    const page = await rows.list({ ...query, withBodies, limit });
    return { ...page, last: page.rows.at(-1) };
  }
  const scanned = await rows.list({ ...query, withBodies: readsBody, limit: MOST_PAGE_ROWS });
  const wanted = firstMatches(scanned.rows, { matches, limit });
  const end = wanted.length === limit ? (wanted.at(-1) ?? 0) + 1 : scanned.rows.length;
  const selected =
    withBodies && !readsBody
      ? await bodiesOf({ ...options, atVersion: scanned.resourceVersion }, scanned.rows, wanted)
      : wanted.flatMap((at) => scanned.rows[at] ?? []);
  return {
    resourceVersion: scanned.resourceVersion,
    rows: selected,
    remaining: scanned.remaining + scanned.rows.length - end,
    last: scanned.rows[end - 1],
  };
}

function firstMatches(
  rows: readonly StoredRow[],
  { matches, limit }: { readonly matches: (row: StoredRow) => boolean; readonly limit: number },
): readonly number[] {
  const wanted: number[] = [];
  for (const [at, row] of rows.entries()) {
    if (wanted.length === limit) break;
    if (matches(row)) wanted.push(at);
  }
  return wanted;
}

/** Reads rows again with their bodies, neighbours together: each run begins after the row before it. */
async function bodiesOf(
  { rows, selection: { namespace }, signal, atVersion, after }: ReadOptions,
  scanned: readonly StoredRow[],
  wanted: readonly number[],
): Promise<readonly StoredRow[]> {
  const found: StoredRow[] = [];
  for (let at = 0; at < wanted.length; ) {
    const start = wanted[at] ?? 0;
    let length = 1;
    while (wanted[at + length] === start + length) length += 1;
    const before = start === 0 ? after : scanned[start - 1];
    const page = await rows.list({
      signal,
      withBodies: true,
      withoutCount: true,
      limit: length,
      ...(namespace !== undefined && { namespace }),
      ...(atVersion !== undefined && { atVersion }),
      ...(before && { after: { namespace: before.namespace, name: before.name } }),
    });
    found.push(...page.rows);
    at += length;
  }
  if (found.length === wanted.length) return found;
  throw new AgentError('internal', 'a list changed under its version');
}

function nextPageRows({ rows }: SelectedPage): number {
  const bytes = rows.reduce((sum, row) => sum + row.metadata.length + (row.body?.length ?? 0), 1);
  const each = bytes / Math.max(1, rows.length);
  return Math.max(1, Math.min(MOST_PAGE_ROWS, Math.floor(PAGE_BYTES / each)));
}
