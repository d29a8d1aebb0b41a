import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.js';
import { WorkSlices } from '#runtime/work-slices.js';
import type { RowPage, RowQuery, StoredRow } from '../object-store.ts';
import type { ResourceRows } from './resource-rows.ts';
import { type ReadOptions, selectedPages } from './row-pages.ts';

const COUNT = 2_000;
const all: readonly StoredRow[] = Array.from({ length: COUNT }, (_, n) => ({
  namespace: 'shop',
  name: String(n).padStart(5, '0'),
  resourceVersion: n,
  metadata: '{}',
  body: undefined,
}));

/** Rows that answer without any wait, as a local store does. */
function readOptions(selection: Partial<ReadOptions['selection']>) {
  const queries: RowQuery[] = [];
  const list = async (query: RowQuery): Promise<RowPage> => {
    queries.push(query);
    const from = query.after === undefined ? 0 : Number(query.after.name) + 1;
    const rows = all.slice(from, from + (query.limit ?? COUNT));
    return { resourceVersion: COUNT, rows, remaining: COUNT - from - rows.length };
  };
  const options: ReadOptions = {
    rows: { list } as unknown as ResourceRows,
    selection: {
      namespace: 'shop',
      matches: undefined,
      mayChange: false,
      readsBody: false,
      ...selection,
    },
    withBodies: true,
    signal: new AbortController().signal,
    slices: new WorkSlices(systemClock),
  };
  return { options, queries };
}

describe('selectedPages', () => {
  it('lets others do something between its pages', async () => {
    const { options } = readOptions({});
    let turns = 0;
    systemClock.schedule(0, () => {
      turns += 1;
    });
    for (let list = 0; list < 200; list += 1) {
      for await (const _page of selectedPages(options));
    }
    assert.equal(turns, 1);
  });

  it('reads scattered rows without counting what comes after each of them', async () => {
    const { options, queries } = readOptions({ matches: ({ name }) => name.endsWith('0') });
    const names: string[] = [];
    for await (const { rows } of selectedPages(options)) names.push(...rows.map((row) => row.name));
    assert.equal(names.length, COUNT / 10);
    const reads = queries.filter(({ withBodies }) => withBodies);
    assert.equal(reads.length, COUNT / 10);
    assert.ok(reads.every(({ withoutCount }) => withoutCount));
  });
});
