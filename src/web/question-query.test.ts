import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { questionFromQuery } from './question-query.ts';

describe('questionFromQuery', () => {
  const readings = [
    ['exec=/bin/sh', { surface: 'execs', path: '/bin/sh' }],
    ['exec=/bin/sh&arg=sh&arg=-c', { surface: 'execs', path: '/bin/sh', args: ['sh', '-c'] }],
    ['arg=&exec=/bin/sh', { surface: 'execs', path: '/bin/sh', args: [''] }],
    ['open=/etc/shadow', { surface: 'opens', path: '/etc/shadow' }],
    ['open=/a+b%2Bc&flag=O_RDONLY', { surface: 'opens', path: '/a b+c', flags: ['O_RDONLY'] }],
    ['syscall=ptrace', { surface: 'syscalls', name: 'ptrace' }],
    ['capability=NET_RAW', { surface: 'capabilities', name: 'NET_RAW' }],
    [
      'endpoint=:80/x?a=1&method=GET&method=PUT',
      { surface: 'endpoints', endpoint: ':80/x?a=1', methods: ['GET', 'PUT'] },
    ],
    [
      'egress=10.0.0.1&port=443&protocol=tcp',
      { surface: 'egress', peer: '10.0.0.1', port: 443, protocol: 'TCP' },
    ],
    ['ingress=example.com.', { surface: 'ingress', peer: 'example.com.' }],
    ['&ingress=fd00::1&&port=0', { surface: 'ingress', peer: 'fd00::1', port: 0 }],
  ] as const;
  for (const [query, question] of readings) {
    it(`reads ${query}`, () => assert.deepEqual(questionFromQuery(query), question));
  }

  const refusals = [
    ['', /^expected one question: exec=PATH \(arg=… for each\); .*; got none$/],
    ['shell=1', /; got none$/],
    ['exec=/a&open=/b', /; got exec, open$/],
    ['open=/a&open=/b', /; got open, open$/],
    ['open=', /^open: expected PATH, got nothing$/],
    ['exec=/a&flag=O_RDONLY', /^flag: does not go with exec; expected arg$/],
    ['syscall=read&port=1', /^port: does not go with syscall; expected nothing$/],
    ['egress=a&port=65536', /^port: expected a number from 0 to 65535, got "65536"$/],
    ['egress=a&port=', /^port: expected a number/],
    ['egress=a&port=1&port=2', /^port: expected once, got 1,2$/],
    ['open=/%zz', /^"\/%zz": expected percent-encoded UTF-8$/],
    ['open=/%ff', /^"\/%ff": expected percent-encoded UTF-8$/],
    ['__proto__=x', /; got none$/],
  ] as const;
  for (const [query, message] of refusals) {
    it(`refuses ${query || 'an empty query'}`, () => {
      assert.throws(() => questionFromQuery(query), { code: 'invalid', message });
    });
  }

  it('gives back what was encoded, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, fc.array(text), (path, args) => {
        const query = new URLSearchParams([['exec', path], ...args.map((arg) => ['arg', arg])]);
        const expected = { surface: 'execs', path, ...(args.length > 0 && { args }) };
        assert.deepEqual(questionFromQuery(query.toString()), expected);
      }),
    );
  });

  it('refuses nothing otherwise than as invalid', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'exec=open&%2fport+ÿ?1') }), (query) => {
        try {
          questionFromQuery(query);
        } catch (error) {
          assert.ok(error instanceof AgentError && error.code === 'invalid');
        }
      }),
    );
  });
});
