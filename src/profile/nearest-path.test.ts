import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestPath } from './nearest-path.ts';

describe('nearestPath', () => {
  it('prefers the most segments in common from the start', () => {
    const known = ['/usr/bin/ls', '/usr/local/bin/node', '/usr/local/lib/x'];
    assert.equal(nearestPath('/usr/local/bin/npm', known), '/usr/local/bin/node');
  });

  it('prefers the same name among equals, and then the first in order', () => {
    assert.equal(
      nearestPath('/opt/bin/python3', ['/usr/bin/perl', '/usr/bin/python3']),
      '/usr/bin/python3',
    );
    const tied = ['/etc/b', '/etc/a', '/etc/c'];
    assert.equal(nearestPath('/etc/x', tied), '/etc/a');
    assert.equal(nearestPath('/etc/x', tied.reverse()), '/etc/a');
  });

  it('lets a ⋯ stand for a segment and counts nothing behind a *', () => {
    assert.equal(
      nearestPath('/proc/46/environ', ['/proc/self/environ', '/proc/⋯/maps']),
      '/proc/⋯/maps',
    );
    assert.equal(nearestPath('/a/b/c', ['/*/b/c', '/a/x']), '/a/x');
  });

  it('names nothing when nothing is alike', () => {
    assert.equal(nearestPath('/tmp/x', ['/usr/bin/ls', '/etc/passwd']), undefined);
    assert.equal(nearestPath('/tmp/x', []), undefined);
    assert.equal(nearestPath('/', ['/etc']), undefined);
  });
});
