import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redactHeaders, redactUrl } from './redact-url.ts';

const R = '[redacted]';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl';

const URLS: readonly (readonly [string, string])[] = [
  ['https://bob:pw@db.shop/x', `https://bob:${R}@db.shop/x`],
  ['https://bob:p@ss:word@db.shop/x', `https://bob:${R}@db.shop/x`],
  [':80/login?user=bob&password=hunter2&x=1', `:80/login?user=bob&password=${R}&x=1`],
  ['/cb?access_token=abc#id_token=def', `/cb?access_token=${R}#id_token=${R}`],
  ['/cb?client%5Fsecret=abc', `/cb?client%5Fsecret=${R}`],
  ['/a?token=x;y=2', `/a?token=${R};y=2`],
  ['/v1/token/abcdef0123456789/info', `/v1/token/${R}/info`],
  [`/verify/${JWT}`, `/verify/${R}`],
];

const HARMLESS = [
  '',
  '/',
  ':80/users/12?page=2&sort=name',
  '/v1/token/new',
  '/oauth?token_type=bearer&token=',
  'https://bob@shop/x',
  '/mail/bob@shop.example/inbox',
  '/a?%zz=1',
];

describe('redactUrl', () => {
  for (const [url, redacted] of URLS) {
    it(`redacts ${url}`, () => {
      assert.equal(redactUrl(url), redacted);
    });
  }

  it('leaves what holds no secret as it is', () => {
    for (const url of HARMLESS) assert.equal(redactUrl(url), url);
  });

  it('changes nothing more the second time, and lets no secret parameter through', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9%&=;:@/?#.-]{0,12}$/);
    const secret = fc.stringMatching(/^[A-Z]{12}$/);
    fc.assert(
      fc.property(part, secret, part, (before, value, after) => {
        const url = `/x?${before}&api_key=${value}&${after}`;
        const once = redactUrl(url);
        assert.equal(redactUrl(once), once);
        assert.ok(before.includes(value) || after.includes(value) || !once.includes(value));
      }),
    );
  });

  it('takes long hostile URLs in linear time', () => {
    for (const piece of ['a:', '?token=', '%', '&', '@', '/token/', '://']) {
      redactUrl(`https://${piece.repeat(100_000)}`);
    }
  });
});

describe('redactHeaders', () => {
  it('hides the values of headers that carry secrets, whatever the case of their names', () => {
    const headers = {
      Authorization: ['Basic abc', 'Bearer def'],
      cookie: ['id=1'],
      'Set-Cookie': ['id=1; Path=/'],
      'PROXY-AUTHORIZATION': ['x'],
      'X-API-Key': ['k'],
      'X-Auth-Token': ['t'],
    };
    const redacted = redactHeaders(headers);
    assert.deepEqual(Object.keys(redacted), Object.keys(headers));
    for (const values of Object.values(redacted)) assert.deepEqual(values, [R]);
  });

  it('keeps other headers, but for secrets that show by their form', () => {
    const headers = { Accept: ['text/html', '*/*'], Cookie: [], 'X-Debug': [`jwt is ${JWT}`] };
    assert.deepEqual(redactHeaders(headers), { ...headers, 'X-Debug': [`jwt is ${R}`] });
  });
});
