import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHttpAddress } from './http-address.ts';

const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port });
const unix = (path: string) => ({ kind: 'unix', path });

describe('parseHttpAddress', () => {
  it('reads a host and a port', () => {
    assert.deepEqual(parseHttpAddress('127.0.0.1:7654'), tcp('127.0.0.1', 7654));
    assert.deepEqual(parseHttpAddress('node-3.example.com:80'), tcp('node-3.example.com', 80));
    assert.deepEqual(parseHttpAddress('[::1]:0'), tcp('::1', 0));
  });

  it('reads the path of a unix socket', () => {
    assert.deepEqual(parseHttpAddress('unix:/run/a.sock'), unix('/run/a.sock'));
    assert.deepEqual(parseHttpAddress('unix:///run/a.sock'), unix('/run/a.sock'));
    assert.deepEqual(parseHttpAddress('unix:/run/a:80'), unix('/run/a:80'));
  });

  it('refuses everything else and says what it expects', () => {
    for (const text of [
      ...['', 'off', '7654', ':7654', 'localhost', 'localhost:', 'localhost:65536', 'a:1:2'],
      ...['::1:80', '[::1]', '[]:80', 'http://localhost:80', 'localhost:80/', 'a:-1'],
    ]) {
      assert.throws(
        () => parseHttpAddress(text),
        { code: 'invalid', message: /expected host:port such as .* unix:.* or off, got / },
        text,
      );
    }
    for (const text of ['unix:', 'unix:/', 'unix:run/a.sock', 'unix:/run/', 'unix:/a\0b']) {
      assert.throws(() => parseHttpAddress(text), { code: 'invalid', message: /absolute path/ });
    }
  });

  it('refuses a path that no socket can have', () => {
    const longest = `/${'a'.repeat(106)}`;
    assert.deepEqual(parseHttpAddress(`unix:${longest}`), unix(longest));
    assert.throws(() => parseHttpAddress(`unix:${longest}b`), /107 bytes at most, .* has 108/);
    assert.throws(() => parseHttpAddress(`unix:/${'é'.repeat(54)}`), /has 109/);
  });
});
