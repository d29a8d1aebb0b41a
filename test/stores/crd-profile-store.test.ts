import { ApiClient } from '#kube/api-client.js';
import { openAccess } from '#kube/cluster-access.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { FakeApiServer } from '#kube/testing/fake-api-server.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { describeConsolidationContract } from '#storage/testing/consolidation-contract.js';
import { describeProfileStoreContract } from '#storage/testing/profile-store-contract.js';
import { withSameVersion } from './same-version.ts';

const open = async () => {
  const clock = new VirtualClock();
  const server = await FakeApiServer.listen();
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const store = new CrdProfileStore({ client, clock, log: silentLogger });
  const close = async () => {
    client.close();
    await server.close();
  };
  return { clock, store, close };
};

describeProfileStoreContract('CrdProfileStore', open);
describeConsolidationContract('CrdProfileStore', async () => {
  const { store, close } = await open();
  return { store: withSameVersion(store), close };
});
