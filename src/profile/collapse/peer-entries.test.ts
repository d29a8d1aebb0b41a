import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validateAddressEntry, validateDomainEntry } from './peer-entries.ts';

describe('validateAddressEntry', () => {
  it('takes addresses, networks and a star', () => {
    for (const entry of ['192.0.2.7', '::1', '192.0.2.0/24', 'fd00::/8', '0.0.0.0/0', '*']) {
      assert.equal(validateAddressEntry(entry), undefined, entry);
    }
  });

  it('says what is wrong with others', () => {
    for (const entry of ['', 'db', '192.0.2.0/33', 'db/8', '192.0.2', '**', '010.0.0.1']) {
      assert.match(validateAddressEntry(entry) ?? '', /^must/, entry);
    }
  });
});

describe('validateDomainEntry', () => {
  it('takes names and patterns', () => {
    for (const entry of ['db', 'db.shop.', '*.shop.example', 'db.*', 'db.⋯.svc.', '*.*']) {
      assert.equal(validateDomainEntry(entry), undefined, entry);
    }
  });

  it('says what is wrong with others', () => {
    for (const entry of ['', '.', '*', '*.', '**', 'a.**.b', 'a..b', '.a', 'a.*.b']) {
      assert.match(validateDomainEntry(entry) ?? '', /^m(ust|ay)/, entry);
    }
  });
});
