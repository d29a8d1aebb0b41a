import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { normalizePath } from './normalize-path.ts';

describe('normalizePath', () => {
  it('keeps the empty path and makes everything else absolute and clean', () => {
    const pairs = {
      '': '',
      '.': '/',
      './config': '/config',
      'etc/passwd': '/etc/passwd',
      '/etc//passwd': '/etc/passwd',
      '/usr/./bin/../lib/': '/usr/lib',
      '/..': '/',
      '/a/...': '/a/...',
      '/a/.hidden': '/a/.hidden',
      'memfd:x': '/memfd:x',
    };
    for (const [path, expected] of Object.entries(pairs)) {
      assert.equal(normalizePath(path), expected);
    }
  });

  it('does not turn numbers into process ids', () => {
    assert.equal(normalizePath('/46/task/46/fd'), '/46/task/46/fd');
    assert.equal(normalizePath('/proc/46/fd/3'), '/proc/46/fd/3');
  });

  it('agrees with a second implementation on any path, and changes nothing the second time', () => {
    const paths = fc.array(fc.constantFrom('a', '.', '..', '', '...', '.b'), { maxLength: 7 });
    fc.assert(
      fc.property(paths, (segments) => {
        const path = segments.join('/');
        const normal = normalizePath(path);
        // Joined to the root, posix.resolve does what Go's path.Clean does.
        assert.equal(normal, path === '' ? '' : posix.resolve('/', path));
        assert.equal(normalizePath(normal), normal);
      }),
      { numRuns: 1_000 },
    );
  });
});
