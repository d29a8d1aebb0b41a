import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlawMemo } from './flaw-memo.ts';
import { SourceSet } from './source-set.ts';
import { aContainer, anApplicationProfile } from './testing/cache-world.ts';

describe('FlawMemo', () => {
  it('looks at an object once for each container name, and at another version again', () => {
    let looks = 0;
    const flawed = { name: 'web', execs: [{ path: 5 }] };
    const spec = {
      get containers() {
        looks += 1;
        return [flawed];
      },
    };
    const overlay = () => ({ ...anApplicationProfile('ug', ''), spec: spec as never });
    const [web, sidecar] = [aContainer('a'), aContainer('b', { name: 'sidecar' })];
    const [, source] = new SourceSet(web).all;
    assert.ok(source);
    const memo = new FlawMemo();
    const object = overlay();
    const flaw = memo.of(source, object, web);
    assert.match(flaw ?? '', /expected text, got 5/);
    const once = looks;
    assert.equal(memo.of(source, object, aContainer('c')), flaw);
    assert.equal(looks, once);
    assert.equal(memo.of(source, object, sidecar), undefined);
    assert.equal(memo.of(source, overlay(), web), flaw);
    assert.ok(looks > once);
  });
});
