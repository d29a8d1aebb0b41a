import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLocal, parseListenAddress } from './listen-address.ts';

const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port });
const unix = (path: string) => ({ kind: 'unix', path });

const OPTION = { name: 'http', examples: '127.0.0.1:7654, unix:/path/of/a.sock, or off' };
const parsed = (text: string) => parseListenAddress(text, OPTION);

describe('parseListenAddress', () => {
  it('reads a host and a port', () => {
    assert.deepEqual(parsed('127.0.0.1:7654'), tcp('127.0.0.1', 7654));
    assert.deepEqual(parsed('node-3.example.com:80'), tcp('node-3.example.com', 80));
    assert.deepEqual(parsed('[::1]:0'), tcp('::1', 0));
  });

  it('reads the path of a unix socket', () => {
    assert.deepEqual(parsed('unix:/run/a.sock'), unix('/run/a.sock'));
    assert.deepEqual(parsed('unix:///run/a.sock'), unix('/run/a.sock'));
    assert.deepEqual(parsed('unix:/run/a:80'), unix('/run/a:80'));
  });

  it('refuses everything else and says what it expects', () => {
    for (const text of [
      ...['', 'off', '7654', ':7654', 'localhost', 'localhost:', 'localhost:65536', 'a:1:2'],
      ...['::1:80', '[::1]', '[]:80', 'http://localhost:80', 'localhost:80/', 'a:-1'],
    ]) {
      assert.throws(
        () => parsed(text),
        { code: 'invalid', message: /expected host:port such as .* unix:.* or off, got / },
        text,
      );
    }
    for (const text of ['unix:', 'unix:/', 'unix:run/a.sock', 'unix:/run/', 'unix:/a\0b']) {
      assert.throws(() => parsed(text), { code: 'invalid', message: /absolute path/ });
    }
  });

  it('refuses a path that no socket can have', () => {
    const longest = `/${'a'.repeat(106)}`;
    assert.deepEqual(parsed(`unix:${longest}`), unix(longest));
    assert.throws(() => parsed(`unix:${longest}b`), /107 bytes at most, .* has 108/);
    assert.throws(() => parsed(`unix:/${'é'.repeat(54)}`), /has 109/);
  });

  it('knows which addresses only this machine reaches', () => {
    const local = ['unix:/a.sock', 'localhost:1', '127.0.0.1:1', '127.9.9.9:1', '[::1]:1'];
    assert.deepEqual(
      local.filter((text) => !isLocal(parsed(text))),
      [],
    );
    const others = ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'localhost.example.com:1', '[fd00::1]:1'];
    assert.deepEqual(
      others.filter((text) => isLocal(parsed(text))),
      [],
    );
  });
});
