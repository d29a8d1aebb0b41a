import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatWlid, parseWlid, wlidWithoutCluster } from './wlid.ts';

describe('wlid', () => {
  const cart = {
    cluster: 'HipsterShopCluster2',
    namespace: 'prod',
    kind: 'Deployment',
    name: 'cart-service',
  };
  const text = 'wlid://cluster-HipsterShopCluster2/namespace-prod/deployment-cart-service';

  it('names cluster, namespace, kind and name', () => {
    assert.equal(formatWlid(cart), text);
    assert.equal(
      formatWlid({ ...cart, namespace: '', kind: 'Cluster-Role-Binding', name: 'cartservice' }),
      'wlid://cluster-HipsterShopCluster2/namespace-/clusterrolebinding-cartservice',
    );
  });

  it('is read back, the kind in lower case', () => {
    assert.deepEqual(parseWlid(text), { ...cart, kind: 'deployment' });
  });

  it('can do without its cluster', () => {
    assert.equal(wlidWithoutCluster(text), 'namespace-prod/deployment-cart-service');
  });

  for (const bad of ['', 'wlid://', 'wlid://cluster-a/namespace-b/c', `${text}/more`, `x${text}`]) {
    it(`refuses "${bad}"`, () => assert.throws(() => parseWlid(bad), { code: 'invalid' }));
  }
});
