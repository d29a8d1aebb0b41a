import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { collapseAdjacentSegments, isPattern, matchesPath } from './path-pattern.ts';

/** One line a pattern: the paths it covers, and after `|` those it does not. */
const PAIRS = `
/foo             : /foo /foo/            | /fo /foo/bar /food
/etc/passwd/     : /etc/passwd           | /etc
/etc/*           : /etc/passwd /etc/ssh/sshd_config /etc/passwd/ | /etc /etc/ /etcfoo/x /etc-evil/passwd
/etc/*/          : /etc/passwd           | /etc
/etc/*/*         : /etc/ssh /etc/ssh/dir/file | /etc /etc/
/*               : /foo /foo/bar         | /
*                : / /foo /foo/bar foo   |
/*/*             : /foo /foo/bar         | /
/*/foo           : /foo /a/b/c/foo       | /a/b/baz /
/a/*/b           : /a/b /a/x/y/b         | /a/x/c /z/x/b /a/b/x
/a/*/*/b         : /a/b /a/x/y/z/b       | /a
/*/etc/*         : /foo/etc/passwd /etc/passwd | /foo/etc /etc
/⋯/foo           : /x/foo                | /foo /x/y/foo
/⋯/*             : /x/y /foo/bar/baz     | /x /
/*/⋯             : /a/b /b               | /
/⋯/⋯/foo         : /x/y/foo              | /x/foo
/a/⋯/c           : /a/b/c                | /a/c /a/b/x/c
/var/lib/*/data  : /var/lib/pg/16/data /var/lib/data | /var/lib
/var/log         : /var/log              | /var/logging /var/log/app.log
/proc/⋯/fd/*     : /proc/46/fd/3         | /proc/46/fd
/a/*.conf        : /a/*.conf             | /a/x.conf
/a*/b            : /a*/b                 | /ax/b
/a/*/b/*/c       : /a/b/c /a/b/b/x/c     | /a/c
/data/odd\\name  : /data/odd\\name       | /data/odd/name
`;

describe('matchesPath', () => {
  for (const line of PAIRS.trim().split('\n')) {
    const [pattern = '', covered = '', others = ''] = line.split(/ +: +| *\| */);
    it(`decides for ${pattern}`, () => {
      for (const path of covered.trim().split(/ +/)) assert.ok(matchesPath(pattern, path), path);
      for (const path of others.split(/ +/)) {
        if (path !== '') assert.ok(!matchesPath(pattern, path), path);
      }
    });
  }

  it('lets an empty pattern match nothing and nothing match an empty path', () => {
    for (const [pattern, path] of [
      ['', '/foo'],
      ['', ''],
      ['*', ''],
      ['/*', ''],
      ['/foo', ''],
    ]) {
      assert.equal(matchesPath(pattern ?? '', path ?? ''), false);
    }
  });

  it('agrees with the rules tried one by one', () => {
    const segment = fc.constantFrom('a', 'b', '⋯', '*', '');
    const pathOf = (segments: fc.Arbitrary<string>) =>
      fc.array(segments, { maxLength: 6 }).map((parts) => parts.join('/'));
    const paths = pathOf(fc.constantFrom('a', 'b', ''));
    fc.assert(
      fc.property(pathOf(segment), paths, (pattern, path) => {
        assert.equal(matchesPath(pattern, path), matchesBySearch(pattern, path));
      }),
      { numRuns: 3_000 },
    );
  });

  it('does not take long on a pattern made to be hard', () => {
    const pattern = `${'/*/a'.repeat(200)}/end`;
    assert.equal(matchesPath(pattern, '/a'.repeat(2_000)), false);
  });
});

describe('isPattern', () => {
  it('sees whole wildcard segments only', () => {
    for (const path of ['/a/*', '/*/a', '*', '/a/⋯', '/⋯/']) assert.ok(isPattern(path), path);
    for (const path of ['/a', '', '/a/*.conf', '/a/⋯⋯', '/x⋯']) assert.ok(!isPattern(path), path);
  });
});

describe('collapseAdjacentSegments', () => {
  it('makes one * of neighbouring ⋯ and leaves lone ones', () => {
    const pairs = {
      '/a/b/c': '/a/b/c',
      '/a/⋯/c': '/a/⋯/c',
      '/a/⋯/⋯/d': '/a/*/d',
      '/a/⋯/⋯/⋯/e': '/a/*/e',
      '/⋯/b/⋯/d': '/⋯/b/⋯/d',
      '/⋯/⋯/c/⋯/⋯/f': '/*/c/*/f',
      '/a/⋯/⋯': '/a/*',
      '/⋯/⋯x': '/⋯/⋯x',
      '/x⋯/⋯': '/x⋯/⋯',
      '⋯': '⋯',
      '': '',
    };
    for (const [path, expected] of Object.entries(pairs)) {
      assert.equal(collapseAdjacentSegments(path), expected);
    }
  });
});

/** The documented rules, written for being read: exponential. */
function matchesBySearch(pattern: string, path: string): boolean {
  const trimmed = (text: string) => text.replace(/\/+$/, '').split('/');
  const from = (p: readonly string[], s: readonly string[]): boolean => {
    const [head, ...rest] = p;
    if (head === undefined) return s.length === 0;
    if (head === '*' && rest.length === 0) return s.length >= 1;
    if (head === '*') return from(rest, s) || (s.length > 0 && from(p, s.slice(1)));
    return s.length > 0 && (head === '⋯' || head === s[0]) && from(rest, s.slice(1));
  };
  return pattern !== '' && path !== '' && from(trimmed(pattern), trimmed(path));
}
