import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isJudgeable } from './judgeable-event.ts';
import type { DnsEvent, ForkEvent, HttpEvent } from './raw-event.ts';

const http = { type: 'http', method: 'GET', url: '/' } as HttpEvent;
const dns = { type: 'dns', name: 'shop.example.', isAnswer: false } as DnsEvent;

describe('an event is judged and learned', () => {
  for (const [what, event, expected] of [
    ['a request', http, true],
    ['its answer', { ...http, answerStatus: 200 }, false],
    ['what only began like HTTP', { ...http, method: '' }, false],
    ['a question', dns, true],
    ['an answer that was received', { ...dns, isAnswer: true, direction: 'outbound' }, true],
    ['a question that was received', { ...dns, direction: 'inbound' }, false],
    ['what is no DNS', { ...dns, name: '' }, false],
    ['a fork', { type: 'fork' } as ForkEvent, true],
  ] as const) {
    it(`${expected ? 'when' : 'not when'} it is ${what}`, () => {
      assert.equal(isJudgeable(event as HttpEvent), expected);
    });
  }
});
