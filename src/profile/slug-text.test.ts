import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { imageToSlug, stringToSlug } from './slug-text.ts';

const HASH = '0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd5a3ac8c';

describe('slug of an image', () => {
  for (const [image, hash, slug] of [
    ['nginx', HASH, 'nginx-a3ac8c'],
    ['nginx:latest', HASH, 'nginx-latest-a3ac8c'],
    [
      'docker-pullable://gcr.io/etcd-development/etcd',
      HASH,
      'docker-pullable-gcr.io-etcd-development-etcd-a3ac8c',
    ],
    [
      'quay.io/matthiasb_1/kubevuln:renaming',
      '54fbec',
      'quay.io-matthiasb-1-kubevuln-renaming-54fbec',
    ],
    ['nginx@sha256', HASH, 'nginx-sha256-a3ac8c'],
  ] as const) {
    it(`of ${image}`, () => assert.equal(imageToSlug(image, hash), slug));
  }

  for (const [image, hash] of [
    ['', HASH],
    ['nginx', '12345'],
    ['nginx', 'abc:def'],
    ['nginx', 'abc/de'],
    ['bild für', HASH],
  ] as const) {
    it(`refuses "${image}" with hash "${hash}"`, () => {
      assert.throws(() => imageToSlug(image, hash), { code: 'invalid' });
    });
  }

  it('fits the longest image into 253 bytes', () => {
    assert.equal(imageToSlug('x'.repeat(400), HASH).length, 253);
  });
});

describe('slug of a text', () => {
  it('replaces what a name cannot hold', () => {
    assert.equal(stringToSlug('n:ginx-xyz1.2.34'), 'n-ginx-xyz1.2.34');
  });

  it('cuts a long text and marks it by its hash', () => {
    const text = '1234567890'.repeat(26);
    assert.equal(stringToSlug(text), `${text.slice(0, 243)}-60e5-4c7d`);
  });

  it('refuses a text without letter or digit', () => {
    assert.throws(() => stringToSlug('//'), { code: 'invalid', message: /\/\// });
  });

  it('makes a valid name of any text that has two letters or digits', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (before, after) => {
        assert.match(stringToSlug(`${before}Az${after}`), /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/);
      }),
    );
  });
});
