import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_TYPES } from '#model/raw-event.js';
import { parseSourceSpec, shareTypes } from './source-spec.ts';

/** Which types each of the sources tells, by their names. */
function shares(...texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const shared = shareTypes(texts.map(parseSourceSpec));
  return Object.fromEntries([...shared].map(([{ name }, types]) => [name, [...types].sort()]));
}

describe('the text of a source', () => {
  it('names a kind, a place and the types that are wanted', () => {
    assert.deepEqual(parseSourceSpec('ebpf'), {
      ...{ name: 'ebpf', kind: 'ebpf', place: '', types: undefined },
    });
    assert.deepEqual(parseSourceSpec('tetragon:/var/log/t.log=network+bpf'), {
      ...{ name: 'tetragon:/var/log/t.log', kind: 'tetragon', place: '/var/log/t.log' },
      types: new Set(['network', 'bpf']),
    });
    assert.partialDeepStrictEqual(parseSourceSpec('ig:-=exec,open'), {
      ...{ place: '-', types: new Set(['exec', 'open']) },
    });
  });

  it('may have = and : in its file', () => {
    const { place, types } = parseSourceSpec('ig:/a=b/c:d.log=exec');
    assert.deepEqual([place, types], ['/a=b/c:d.log', new Set(['exec'])]);
    assert.equal(parseSourceSpec('ig:/a=b.log').place, '/a=b.log');
  });

  it('is refused with what was expected', () => {
    for (const [text, message] of [
      ['falco:/x', /^source falco:\/x: expected ebpf, ig:FILE/],
      ['ig', /expected ig:FILE, or ig:- for standard input/],
      ['ig:', /expected ig:FILE/],
      ['ebpf:/x', /expected nothing behind ebpf/],
      ['tetragon:/x=dns', /tetragon tells no "dns"; expected some of exec, exit/],
      ['ig:/x=', /ig tells no ""/],
      ['constructor', /expected ebpf/],
    ] as const) {
      assert.throws(() => parseSourceSpec(text), { code: 'invalid', message });
    }
  });
});

describe('several sources', () => {
  it('share the types: named ones first, the rest to the one that names none', () => {
    const shared = shares('ebpf', 'tetragon:/t=network+capabilities', 'ig:/d=dns');
    assert.deepEqual(shared['tetragon:/t'], ['capabilities', 'network']);
    assert.deepEqual(shared['ig:/d'], ['dns']);
    assert.equal(shared['ebpf']?.length, EVENT_TYPES.length - 3);
  });

  it('are refused where nobody could say who tells what', () => {
    for (const [texts, message] of [
      [['ebpf=exec', 'ig:/x=exec'], /^source ig:\/x: exec is told by ebpf/],
      [['ebpf', 'ig:/x'], /^source ig:\/x: expected =TYPES, as ebpf has none either/],
      [
        [
          'tetragon:/t',
          'ebpf=exec+exit+open+network+capabilities+syscall+symlink+hardlink+ptrace+unshare+setns+mount+bpf+kmod',
        ],
        /^source tetragon:\/t: all that it can tell is told by other sources/,
      ],
    ] as const) {
      assert.throws(() => shares(...texts), { code: 'invalid', message });
    }
  });
});
