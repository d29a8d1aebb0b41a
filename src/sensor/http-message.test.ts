import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseHttpRequest, parseHttpStatus } from './http-message.ts';

/** The head of a request, with the body where there is one. */
function parse(text: string) {
  const request = parseHttpRequest(Buffer.from(text));
  if (request === undefined) return undefined;
  return { ...request.head, ...(request.body === '' ? {} : { body: request.body }) };
}

describe('parseHttpRequest', () => {
  it('reads a request with its headers and the start of its body', () => {
    const text =
      'POST /login?next=%2F HTTP/1.1\r\nHost: shop:8080\r\nAccept: a\r\nX-N:  b \r\naccept: c\r\nAccept: d\r\n\r\nuser=1\r\n';
    assert.deepEqual(parse(text), {
      method: 'POST',
      url: '/login?next=%2F',
      host: 'shop:8080',
      headers: { Host: ['shop:8080'], Accept: ['a', 'd'], 'X-N': ['b'], accept: ['c'] },
      body: 'user=1\r\n',
    });
  });

  it('reads a request without headers and one without a body', () => {
    const bare = { method: 'GET', url: '/', host: '', headers: {} };
    assert.deepEqual(parse('GET / HTTP/1.0\r\n\r\n'), bare);
    assert.deepEqual(parse('GET / HTTP/1.0\r\n'), bare);
    assert.deepEqual(parse('GET / HTTP/1.1'), bare);
    assert.deepEqual(parse('GET / HTTP/1.1\n\nbody'), { ...bare, body: 'body' });
  });

  it('finds the host however its name is written', () => {
    for (const name of ['Host', 'host', 'HOST']) {
      assert.equal(parse(`GET / HTTP/1.1\r\nA: b\r\n${name}: web\r\n\r\n`)?.host, 'web');
    }
  });

  it('leaves out the last header when it was cut off', () => {
    const request = parse('GET / HTTP/1.1\r\nHost: web\r\nCookie: secr');
    assert.deepEqual(request?.headers, { Host: ['web'] });
  });

  it('leaves out lines that are no headers', () => {
    const request = parse(
      'GET / HTTP/1.1\r\n folded\r\nno colon\r\nnone\r\n: x\r\nA b: c\r\nOk:\r\n\r\n',
    );
    assert.deepEqual(request?.headers, { Ok: [''] });
  });

  it('keeps a header whose name objects have a meaning for', () => {
    const request = parse('GET / HTTP/1.1\r\n__proto__: x\r\nconstructor: y\r\n\r\n');
    const expected: object = JSON.parse('{"__proto__":["x"],"constructor":["y"]}');
    assert.deepEqual(request?.headers, expected);
  });

  it('reads a request line that fills all that was kept', () => {
    const url = `/${'x'.repeat(4_000)}`;
    const request = parse(`GET ${url}`);
    assert.deepEqual([request?.method, request?.url], ['GET', url]);
  });

  it('knows what only looks like a request', () => {
    for (const text of [
      '',
      'GET key\r\n',
      'GET / HTTP/2.0\r\n',
      'get / HTTP/1.1\r\n',
      'GET  HTTP/1.1',
      'SET a 1\r\n',
    ]) {
      assert.equal(parse(text), undefined, text);
    }
  });

  it('never fails and takes no longer than there are bytes', () => {
    const piece = fc.constantFrom('GET ', '/', ' HTTP/1.1', '\r\n', ':', ' ', '\n', 'a', 'é', '\0');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const request = parse(pieces.join(''));
        if (request) assert.ok(request.method === 'GET' || request.method.length > 0);
      }),
    );
    const spaces = `GET / HTTP/1.1\r\nA:${' '.repeat(200_000)}b${' '.repeat(200_000)}\r\n\r\n`;
    assert.deepEqual(parse(spaces)?.headers, { A: ['b'] });
  });
});

describe('parseHttpStatus', () => {
  it('reads the status of an answer', () => {
    for (const [text, status] of [
      ['HTTP/1.1 200 OK\r\nServer: x\r\n', 200],
      ['HTTP/1.0 404 \r\n', 404],
      ['HTTP/1.1 500', 500],
      ['HTTP/1.1 2000 OK', undefined],
      ['HTTP/1.1 600 x', undefined],
      ['HTTP/2 200', undefined],
      ['GET / HTTP/1.1\r\n', undefined],
    ] as const) {
      assert.equal(parseHttpStatus(Buffer.from(text)), status, text);
    }
  });
});
