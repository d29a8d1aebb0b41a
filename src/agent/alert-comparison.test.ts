import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '#model/alert.js';
import { compareAlerts } from './alert-comparison.ts';

function alert(ruleID: string, timestamp: string, rest: Partial<Alert> = {}): Alert {
  const told = { message: 'm', uniqueID: 'u', severity: 5, alertName: ruleID, nanoseconds: 0 };
  return { ruleID, timestamp, containerID: 'c', arguments: {}, ...told, ...rest } as Alert;
}

describe('compareAlerts', () => {
  it('tells which alerts come, go, change and stay', () => {
    const stays = alert('R1', '1');
    const goes = alert('R2', '2');
    const before = alert('R3', '3');
    const after = alert('R3', '3', { severity: 9, message: 'n' });
    const comes = alert('R4', '4');
    assert.deepEqual(compareAlerts([stays, goes, before], [stays, after, comes]), {
      come: [comes],
      go: [goes],
      change: [{ before, after, fields: ['severity', 'message'] }],
      same: 1,
    });
  });

  it('takes alerts about another event or container for others', () => {
    const one = alert('R1', '1');
    for (const other of [
      alert('R1', '2'),
      alert('R1', '1', { containerID: 'd' }),
      alert('R1', '1', { infectedPID: 7 }),
      alert('R1', '1', { arguments: { repeats: 2 } }),
    ]) {
      const { come, go, same } = compareAlerts([one], [other]);
      assert.deepEqual([come, go, same], [[other], [one], 0]);
    }
  });

  it('pairs several alerts of one occasion one by one', () => {
    const some = (count: number) => Array.from({ length: count }, () => alert('R1', '1'));
    const { come, go, same } = compareAlerts(some(2), some(3));
    assert.deepEqual([come.length, go.length, same], [1, 0, 2]);
  });
});
