import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { ChangeBell } from './change-bell.ts';
import { ChangeWatch } from './change-watch.ts';
import type { Change, ChangeQuery } from './object-tables.ts';
import type { ProfileTables } from './profile-tables.ts';

const LAST = 1_000;

/** How many bytes of bodies each page of a watch of the whole history has. */
async function pagesOf(bodyBytes: number, withBodies = true): Promise<readonly number[]> {
  const pages: number[] = [];
  const body = withBodies ? new Uint8Array(bodyBytes) : undefined;
  const changes = ({ kind, after, limit }: ChangeQuery): readonly Change[] => {
    const count = Math.min(limit, LAST - after);
    pages.push(count);
    return Array.from({ length: count }, (_, n) => {
      const resourceVersion = after + n + 1;
      const name = String(resourceVersion);
      return {
        type: 'added',
        kind,
        row: { namespace: 'shop', name, resourceVersion, metadata: '{}', body },
      };
    });
  };
  const tables = {
    read: <T>(work: () => T) => work(),
    foreignWrites: () => 0,
    objects: { history: () => ({ forgotten: 0, last: LAST, pastBytes: 0 }), changes },
  } as unknown as ProfileTables;
  const clock = new VirtualClock();
  const watch = new ChangeWatch(
    // Nobody waits: the bookmark at the end comes at once.
    { tables, clock, bell: {} as ChangeBell },
    { kind: 'ContainerProfile', after: 0, withBodies, signal: new AbortController().signal },
  );
  const told: number[] = [];
  for await (const event of watch) {
    if (event.type === 'bookmark') break;
    told.push(event.row.resourceVersion);
  }
  assert.deepEqual(
    told,
    Array.from({ length: LAST }, (_, n) => n + 1),
  );
  return pages;
}

describe('the pages of a watch', () => {
  it('hold one large body at a time', async () => {
    assert.equal(Math.max(...(await pagesOf(3_000_000))), 1);
  });

  it('hold half a megabyte of middling bodies, and grow to that', async () => {
    const pages = await pagesOf(10_000);
    assert.deepEqual(pages.slice(0, 8), [1, 2, 4, 8, 16, 32, 50, 50]);
  });

  it('hold many small bodies, and as many changes without them from the first on', async () => {
    assert.equal(Math.max(...(await pagesOf(10))), 256);
    assert.equal((await pagesOf(10, false))[0], 256);
  });
});
