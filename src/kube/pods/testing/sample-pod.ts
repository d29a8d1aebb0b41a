/** How a pod differs from a plain one. */
export interface SamplePod {
  readonly name?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: readonly [apiVersion: string, kind: string, name: string];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** The uid of the owner called `name` in these samples. */
export function uidOf(name: string): string {
  return `uid-of-${name}`;
}

/** A pod as an API server has it, in the namespace `shop`. */
export function rawPod({ name = 'web-5d-x2x7k', uid = 'u1', ...rest }: SamplePod = {}) {
  const { labels = {}, annotations = {}, owner, spec = {}, status = {} } = rest;
  const ownerReferences = owner && [
    {
      apiVersion: owner[0],
      kind: owner[1],
      name: owner[2],
      uid: uidOf(owner[2]),
      controller: true,
    },
  ];
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid,
      resourceVersion: '17',
      labels,
      annotations,
      managedFields: [{ manager: 'kubelet' }],
      ...(ownerReferences && { ownerReferences }),
    },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'web', image: 'shop/web:1', env: [{ name: 'A', value: 'secret' }] }],
      ...spec,
    },
    status,
  };
}

/** A pod of the Deployment `web`. */
export function webPod(rest: SamplePod = {}) {
  return rawPod({
    labels: { app: 'web', 'pod-template-hash': '5d' },
    owner: ['apps/v1', 'ReplicaSet', 'web-5d'],
    ...rest,
  });
}
