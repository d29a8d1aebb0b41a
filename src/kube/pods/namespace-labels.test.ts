import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NamespaceLabels } from './namespace-labels.ts';

function aNamespace(name: string, labels?: Readonly<Record<string, string>>) {
  return { metadata: { name, uid: `uid-${name}`, ...(labels && { labels }) } };
}

describe('labels of namespaces', () => {
  it('are known from the list and from each change', () => {
    const known = new NamespaceLabels();
    const { parse, onReplace, onEvent } = known.feed;
    assert.equal(known.labelsOf('shop'), undefined);
    onReplace([parse(aNamespace('shop', { team: 'a' })), parse(aNamespace('bare'))]);
    assert.deepEqual([known.labelsOf('shop'), known.labelsOf('bare')], [{ team: 'a' }, {}]);
    onEvent({ type: 'modified', item: parse(aNamespace('shop', { team: 'b' })) });
    assert.deepEqual(known.labelsOf('shop'), { team: 'b' });
    onEvent({ type: 'deleted', item: parse(aNamespace('shop')) });
    onReplace([]);
    assert.equal(known.size, 0);
  });

  it('are the same object as long as they are the same', () => {
    const known = new NamespaceLabels();
    const { parse, onReplace, onEvent } = known.feed;
    onReplace([parse(aNamespace('shop', { team: 'a', tier: '1' }))]);
    const first = known.labelsOf('shop');
    onEvent({ type: 'modified', item: parse(aNamespace('shop', { tier: '1', team: 'a' })) });
    onReplace([parse(aNamespace('shop', { team: 'a', tier: '1' }))]);
    assert.equal(known.labelsOf('shop'), first);
  });
});
