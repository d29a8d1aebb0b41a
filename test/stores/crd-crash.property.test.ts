import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConsolidationInput, ConsolidationOutcome } from '#consolidation/consolidation.js';
import { ApiClient } from '#kube/api-client.js';
import { openAccess } from '#kube/cluster-access.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { FakeApiServer, type Fault } from '#kube/testing/fake-api-server.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { aProfile, aReport } from '#storage/testing/sample-profiles.js';

const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** Merging that shows how often a report went in: each adds its name to a list. */
function countingMerge({
  key,
  profile,
  rows,
  readReport,
}: ConsolidationInput): ConsolidationOutcome {
  const merged = rows.filter((row) => row.hasData && readReport(row)).map(({ suffix }) => suffix);
  const before = profile ?? aProfile({ ...key, spec: {} });
  const syscalls = [...(before.spec.syscalls ?? []), ...merged];
  return {
    profile: merged.length === 0 ? undefined : { ...before, spec: { syscalls } },
    rows: rows.map((row) => ({ ...row, hasData: false })),
    result: merged.length === 0 ? 'unchanged' : 'updated',
  };
}

/** A process: it has nothing in common with another but the server. */
function aProcess(server: FakeApiServer) {
  const clock = new VirtualClock();
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const store = new CrdProfileStore({ client, clock, log: silentLogger, merge: countingMerge });
  const pass = async () => {
    for (const key of await store.pendingProfiles({ signal })) {
      await store.consolidateProfile(key, { signal });
    }
  };
  return { store, pass, close: () => client.close() };
}

/** Reports that arrive, and then processes that work at the same time, each request with its fate. */
const aRound = fc.record({
  reports: fc.nat(3),
  processes: fc.integer({ min: 1, max: 2 }),
  fates: fc.array(fc.constantFrom<Fault>('none', 'none', 'reset', 'reset-after'), {
    maxLength: 20,
  }),
});

describe('consolidation in CRD mode, killed at any step', () => {
  it('merges every report once, and leaves none behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aRound, { minLength: 1, maxLength: 5 }), async (rounds) => {
        const server = await FakeApiServer.listen();
        const processes = [aProcess(server), aProcess(server)] as const;
        const [writer] = processes;
        const names: string[] = [];
        try {
          for (const round of rounds) {
            for (let left = round.reports; left > 0; left -= 1) {
              const at = names.length;
              names.push(`r${at}`);
              const report = aReport([at, at + 1], { suffix: `r${at}` });
              await writer.store.create('ContainerProfile', report, { signal });
            }
            server.fail('any', ...round.fates);
            const working = processes.slice(0, round.processes).map(({ pass }) => pass());
            await Promise.allSettled(working);
            server.clearFaults();
          }
          await writer.pass();
          const profile = await writer.store.get('ContainerProfile', KEY, { signal });
          assert.deepEqual([...(profile?.spec.syscalls ?? [])].sort(), names.sort());
          const { items } = await writer.store.list('ContainerProfile', { signal });
          assert.equal(items.length, names.length === 0 ? 0 : 1, 'reports are left');
        } finally {
          for (const process of processes) process.close();
          await server.close();
        }
      }),
      { numRuns: 100 },
    );
  });
});
