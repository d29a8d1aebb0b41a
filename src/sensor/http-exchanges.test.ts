import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpExchanges } from './http-exchanges.ts';
import { NO_HTTP_REQUEST } from './http-message.ts';

const asking = (url: string) => ({ ...NO_HTTP_REQUEST, method: 'GET', url });

describe('HttpExchanges', () => {
  it('gives the request of an answer, once', () => {
    const exchanges = new HttpExchanges();
    exchanges.ask(1n, asking('/a'), 100);
    exchanges.ask(2n, asking('/b'), 100);
    assert.equal(exchanges.answer(1n, 200)?.url, '/a');
    assert.equal(exchanges.answer(1n, 200), undefined);
    assert.equal(exchanges.size, 1);
  });

  it('keeps the request until the answer that is the last', () => {
    const exchanges = new HttpExchanges();
    exchanges.ask(1n, asking('/a'), 100);
    for (const status of [100, 103]) assert.equal(exchanges.answer(1n, status)?.url, '/a');
    assert.equal(exchanges.answer(1n, 101)?.url, '/a');
    assert.equal(exchanges.size, 0);
  });

  it('tells sockets apart whose numbers differ in their last bits', () => {
    const exchanges = new HttpExchanges();
    const socket = 0xffff_8880_1234_5678n;
    exchanges.ask(socket, asking('/a'), 100);
    exchanges.ask(socket + 1n, asking('/b'), 100);
    assert.equal(exchanges.answer(socket, 200)?.url, '/a');
  });

  it('forgets the oldest requests when there are too many', () => {
    const exchanges = new HttpExchanges();
    for (let socket = 0n; socket < 10_000n; socket += 1n) exchanges.ask(socket, asking('/'), 100);
    assert.equal(exchanges.size, 2_048);
    assert.equal(exchanges.answer(0n, 200), undefined);
    assert.equal(exchanges.answer(9_999n, 200)?.url, '/');
  });

  it('forgets the oldest requests when they are too long', () => {
    const exchanges = new HttpExchanges();
    for (let turn = 0; turn < 3; turn += 1) {
      for (let socket = 0n; socket < 6n; socket += 1n) {
        exchanges.ask(socket, asking('/'), 1024 * 1024);
      }
    }
    assert.equal(exchanges.size, 4);
    for (let socket = 0n; socket < 6n; socket += 1n) exchanges.answer(socket, 200);
    for (let socket = 0n; socket < 100n; socket += 1n) exchanges.ask(socket, asking('/'), 100);
    assert.equal(exchanges.size, 100);
  });
});
