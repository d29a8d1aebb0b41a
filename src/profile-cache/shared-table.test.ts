import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedTable } from './shared-table.ts';

describe('SharedTable', () => {
  it('makes a thing once and lets go of it with its last holder', () => {
    const disposed: string[] = [];
    const table = new SharedTable<string>((value) => disposed.push(value));
    let made = 0;
    const make = () => {
      made += 1;
      return `thing ${made}`;
    };
    assert.equal(table.acquire('k', make), 'thing 1');
    assert.equal(table.acquire('k', make), 'thing 1');
    assert.equal(table.holdersOf('k'), 2);
    table.release('k');
    assert.equal(table.has('k'), true);
    table.release('k');
    assert.deepEqual(disposed, ['thing 1']);
    assert.equal(table.size, 0);
    assert.equal(table.acquire('k', make), 'thing 2');
  });

  it('holds nothing when making fails, and takes a release too many for nothing', () => {
    const table = new SharedTable<string>(() => {});
    const fail = () => {
      throw new Error('no');
    };
    assert.throws(() => table.acquire('k', fail), /no/);
    assert.equal(table.size, 0);
    table.release('k');
  });
});
