import type { Container } from '../container.ts';

/** A container of a Deployment's pod, seen from its start; override what the test is about. */
export function aContainer(fields: Partial<Container> = {}): Container {
  return {
    id: 'c1',
    runtimeNamespace: 'k8s.io',
    name: 'web',
    kind: 'container',
    image: 'shop/web:1',
    imageDigest: '',
    namespace: 'shop',
    pod: { name: 'web-1', namespace: 'shop', uid: 'u1', labels: {} },
    labels: {},
    pid: 100,
    startedAtMs: 0,
    preExisting: false,
    instanceId: {
      apiVersion: 'apps/v1',
      namespace: 'shop',
      kind: 'ReplicaSet',
      name: 'web-5d',
      templateHash: '5d',
      containerType: 'containers',
      containerName: 'web',
    },
    profileName: 'replicaset-web-5d-web',
    workloadName: 'replicaset-web-5d',
    workloadKind: 'Deployment',
    ...fields,
  };
}
