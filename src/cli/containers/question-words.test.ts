import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { questionFromQuery } from '#web/question-query.js';
import { readQuestion } from './question-words.ts';

const asked = (question: string) => readQuestion(question).queries.map(questionFromQuery);

describe('readQuestion', () => {
  it('asks about a program, and about its arguments under both names that it may be called by', () => {
    const path = '/bin/sh';
    assert.deepEqual(asked('exec /bin/sh'), [{ surface: 'execs', path }]);
    assert.deepEqual(asked(`exec /bin/sh -c "id -u"`), [
      { surface: 'execs', path, args: ['/bin/sh', '-c', 'id -u'] },
      { surface: 'execs', path, args: ['sh', '-c', 'id -u'] },
    ]);
    assert.deepEqual(asked('exec sh -c'), [{ surface: 'execs', path: 'sh', args: ['sh', '-c'] }]);
  });

  it('asks about every other part of a profile', () => {
    for (const [words, question] of [
      ['open /a', { surface: 'opens', path: '/a' }],
      [
        'open /a O_RDONLY|O_CLOEXEC  O_SYNC',
        { surface: 'opens', path: '/a', flags: ['O_RDONLY', 'O_CLOEXEC', 'O_SYNC'] },
      ],
      ['syscall ptrace', { surface: 'syscalls', name: 'ptrace' }],
      ['capability NET_RAW', { surface: 'capabilities', name: 'NET_RAW' }],
      ['endpoint :80/x GET', { surface: 'endpoints', endpoint: ':80/x', methods: ['GET'] }],
      ['egress example.com', { surface: 'egress', peer: 'example.com' }],
      [
        'ingress 10.0.0.1 443 TCP',
        { surface: 'ingress', peer: '10.0.0.1', port: 443, protocol: 'TCP' },
      ],
    ] as const) {
      assert.deepEqual(asked(words), [question]);
    }
    assert.deepEqual(readQuestion('egress a').surfaces, ['egressAddresses', 'egressDomains']);
  });

  it('splits words as a shell does', () => {
    const pathOf = (words: string) => {
      const [question] = asked(`open ${words}`);
      return question && 'path' in question ? question.path : undefined;
    };
    assert.equal(pathOf(`'/a b'"/c\\"d"\\ e`), '/a b/c"d e');
    assert.equal(pathOf(`  "/it's"`), "/it's");
    assert.equal(pathOf(`'/a\\b'`), '/a\\b');
  });

  it('gives back every word that was quoted', () => {
    const words = fc.array(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(words, ([path = '', ...args]) => {
        const quoted = [path, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
        assert.deepEqual(asked(`exec ${quoted.join(' ')}`)[0], {
          surface: 'execs',
          path,
          args: [path, ...args],
        });
      }),
    );
  });

  it('refuses what is no question, and more words than one has', () => {
    for (const question of ['', 'exec', 'frob /a', '"exec /a"', 'constructor x']) {
      assert.throws(() => readQuestion(question), {
        code: 'invalid',
        message: /^--explain: expected "exec PATH \[arg…\]", .* or "ingress .*, got "/,
      });
    }
    assert.throws(() => readQuestion('syscall a b'), /"b": expected nothing more for syscall/);
    assert.throws(() => readQuestion('egress a 1 TCP x'), /"x": expected nothing more for egress/);
    for (const question of ["exec 'a", 'open "a', 'open a\\']) {
      assert.throws(() => readQuestion(question), {
        code: 'invalid',
        message: /expected each quote to be closed/,
      });
    }
  });
});
