import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ERROR_CODES, type ErrorCode } from '#model/agent-error.js';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { type SaveResult, saveReport } from './save-report.ts';
import { ReportStore } from './testing/report-store.ts';

const REPORT: ContainerProfile = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ContainerProfile',
  metadata: { name: 'web-0', namespace: 'shop' },
  spec: {},
};

const RESULTS: Readonly<Record<ErrorCode, SaveResult>> = {
  aborted: 'unknown',
  completed: 'completed',
  // The name was taken when it was tried and is free when it is looked at.
  conflict: 'unknown',
  exhausted: 'oversized',
  expired: 'unknown',
  // A damaged store, which may be repaired.
  internal: 'unknown',
  invalid: 'refused',
  'not-found': 'refused',
  'too-large': 'too-large',
  unavailable: 'unknown',
};

describe('saveReport', () => {
  it('stores a report that a damaged store did not take, once the store is repaired', async () => {
    const store = new ReportStore();
    const plan: ('internal' | undefined)[] = ['internal', undefined];
    store.behave = () => plan.shift();
    const { signal } = new AbortController();
    const call = { store, clock: new VirtualClock(), budgetMs: 5_000, signal };
    assert.equal((await saveReport(REPORT, call)).result, 'unknown');
    assert.equal((await saveReport(REPORT, call)).result, 'stored');
    assert.equal(store.rows.length, 1);
  });

  for (const code of ERROR_CODES) {
    it(`takes an answer of ${code} as ${RESULTS[code]}`, async () => {
      const store = new ReportStore();
      store.behave = () => code;
      const { signal } = new AbortController();
      const call = { store, clock: new VirtualClock(), budgetMs: 5_000, signal };
      const { result, error } = await saveReport(REPORT, call);
      assert.deepEqual([result, error?.code], [RESULTS[code], code]);
    });
  }
});
