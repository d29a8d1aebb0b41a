import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatChecks } from './doctor.ts';

describe('hullwatch doctor', () => {
  it('puts the way to mend below what is missing, and counts', () => {
    const text = formatChecks([
      { name: 'root', ok: true, detail: 'uid 0', fix: 'never shown' },
      { name: 'lockdown', ok: 'unknown', detail: 'cannot be read', fix: 'mount securityfs' },
      { name: 'containerd', ok: false, detail: 'no socket', fix: 'start it' },
    ]);
    assert.deepEqual(text.split('\n'), [
      '✓ root        uid 0',
      '? lockdown    cannot be read',
      '              → mount securityfs',
      '✗ containerd  no socket',
      '              → start it',
      '',
      '1 thing is missing for "hullwatch run".',
      '',
    ]);
  });

  it('says when nothing is missing', () => {
    const text = formatChecks([{ name: 'root', ok: true, detail: 'uid 0' }]);
    assert.match(text, /This machine can run "hullwatch run"\.\n$/);
  });
});
