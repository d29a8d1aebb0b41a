import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { extraKind } from '../../cluster/extra-kinds.ts';

/** An API server that knows the pods of a node. */
export interface NodePodsServer {
  readonly url: string;
  /** Makes a pod in namespace `shop` and gives the uid that it got. */
  addPod(name: string, spec: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
}

/** Serves on loopback; pods are told by the service `kubernetes` that they reach it at `address`. */
export async function startNodePodsServer(address: string): Promise<NodePodsServer> {
  const parts = { clock: systemClock, random: systemRandom, log: silentLogger };
  const pods = extraKind({ apiVersion: 'v1', kind: 'Pod', selectableFields: ['spec.nodeName'] });
  const services = extraKind({ apiVersion: 'v1', kind: 'Service' });
  const server = await ApiServer.listen({
    ...parts,
    address: '127.0.0.1:0',
    objects: new MemoryProfileStore(parts).objects,
    extraResources: [
      pods,
      services,
      extraKind({ apiVersion: 'v1', kind: 'Namespace', namespaced: false }),
      extraKind({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }),
    ],
  });
  await services.put('kubernetes', {
    metadata: { namespace: 'default' },
    spec: { clusterIP: address, clusterIPs: [address] },
  });
  return {
    url: server.url,
    addPod: async (name, spec) => (await pods.put(name, { spec })).uid,
    stop: () => server.close(),
  };
}
