import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpExchanges } from './http-exchanges.ts';
import { NO_HTTP_REQUEST } from './http-message.ts';

const asking = (url: string) => ({ ...NO_HTTP_REQUEST, method: 'GET', url });

describe('HttpExchanges', () => {
  it('gives the request that was told by a number, as often as it is asked for', () => {
    const exchanges = new HttpExchanges();
    exchanges.ask(1, asking('/a'), 100);
    exchanges.ask(2, asking('/b'), 100);
    for (const url of ['/a', '/a']) assert.equal(exchanges.requestOf(1)?.url, url);
    assert.equal(exchanges.requestOf(2)?.url, '/b');
    assert.equal(exchanges.size, 2);
  });

  it('knows none by a number that told none', () => {
    const exchanges = new HttpExchanges();
    exchanges.ask(1, asking('/a'), 100);
    for (const seq of [0, 2]) assert.equal(exchanges.requestOf(seq), undefined);
  });

  it('forgets those used least recently when there are too many', () => {
    const exchanges = new HttpExchanges();
    for (let seq = 1; seq <= 10_000; seq += 1) {
      exchanges.ask(seq, asking(`/${seq}`), 100);
      assert.equal(exchanges.requestOf(1)?.url, '/1');
    }
    assert.equal(exchanges.size, 2_048);
    assert.equal(exchanges.requestOf(2), undefined);
    assert.equal(exchanges.requestOf(10_000)?.url, '/10000');
  });

  it('forgets those used least recently when they are too long', () => {
    const exchanges = new HttpExchanges();
    for (let turn = 0; turn < 3; turn += 1) {
      for (let seq = 1; seq <= 6; seq += 1) exchanges.ask(seq, asking('/'), 512 * 1024);
    }
    assert.equal(exchanges.size, 4);
    for (let seq = 100; seq < 200; seq += 1) exchanges.ask(seq, asking('/'), 100);
    assert.equal(exchanges.size, 103);
  });

  it('takes one that is asked again under its number for the one request', () => {
    const exchanges = new HttpExchanges();
    for (let turn = 0; turn < 100; turn += 1) exchanges.ask(1, asking('/'), 1024 * 1024);
    assert.equal(exchanges.size, 1);
    exchanges.ask(2, asking('/'), 1024 * 1024);
    assert.equal(exchanges.size, 2);
  });
});
