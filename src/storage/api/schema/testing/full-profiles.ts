import {
  type ApplicationProfile,
  type ContainerProfile,
  type ContainerSurfaces,
  type NetworkNeighbor,
  type NetworkNeighborhood,
  PROFILE_API_VERSION,
} from '#model/profile.js';

/** Every field there, no list or object null: what a type has and the example has not is an error. */
type Full<Type> = Type extends readonly (infer Item)[]
  ? readonly Full<Item>[]
  : Type extends object
    ? { readonly [Key in keyof Type]-?: Full<NonNullable<Type[Key]>> }
    : Type;

/** Fields of later versions of the public API, which the agent keeps but does not read. */
interface LaterNeighborFields {
  readonly serviceRefNamespace: string;
  readonly serviceRefName: string;
  readonly serviceSelector: object;
  readonly entity: string;
}

const selector = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
};

const neighbor: Full<NetworkNeighbor> & LaterNeighborFields = {
  identifier: 'peer',
  type: 'external',
  dns: 'api.example.com.',
  dnsNames: ['api.example.com.', '*.example.com.'],
  ports: [{ name: 'TCP-443', protocol: 'TCP', port: 443 }],
  podSelector: selector,
  namespaceSelector: selector,
  ipAddress: '10.0.0.1',
  ipAddresses: ['10.0.0.1', '10.0.0.0/24', '*'],
  serviceRefNamespace: 'shop',
  serviceRefName: 'api',
  serviceSelector: selector,
  entity: 'host',
};

const frame = { fileID: '7', lineno: '12', frameType: 3 };

const surfaces: Full<ContainerSurfaces> = {
  architectures: ['amd64'],
  capabilities: ['NET_ADMIN'],
  execs: [{ path: '/bin/sh', args: ['sh', '⋯⋯'], envs: ['A=b'], argsRequired: true }],
  opens: [{ path: '/etc/⋯', flags: ['O_RDONLY'] }],
  syscalls: ['openat'],
  endpoints: [
    {
      endpoint: ':80/users/⋯',
      methods: ['GET'],
      internal: false,
      direction: 'inbound',
      headers: { Host: ['shop'] },
    },
  ],
  rulePolicies: { R0001: { processAllowed: ['sh'], containerAllowed: false } },
  identifiedCallStacks: [
    {
      callID: 'open',
      callStack: { root: { frame, children: [{ frame, children: [] }] } },
    },
  ],
  seccompProfile: {
    name: 'web',
    path: 'operator/web.json',
    spec: {
      disabled: false,
      baseProfileName: 'runtime/default',
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64'],
      listenerPath: '/run/seccomp.sock',
      listenerMetadata: 'web',
      syscalls: [
        {
          names: ['openat'],
          action: 'SCMP_ACT_ALLOW',
          errnoRet: 1,
          args: [{ index: 0, value: 1, valueTwo: 2, op: 'SCMP_CMP_EQ' }],
        },
      ],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
    },
  },
  imageID: 'registry/web@sha256:00',
  imageTag: 'registry/web:1',
};

const meta = {
  name: 'web',
  namespace: 'shop',
  uid: 'b6f1',
  resourceVersion: '7',
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: { 'kubescape.io/workload-name': 'web' },
  annotations: { 'kubescape.io/status': 'completed' },
};
const network = { ingress: [neighbor], egress: [neighbor] };
const container = { name: 'web', ...surfaces, ...network };

/** A profile with every field that there is, the sections of later versions included. */
export const CONTAINER_PROFILE_OBJECT: Full<ContainerProfile> & { readonly spec: object } = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ContainerProfile',
  metadata: meta,
  spec: {
    ...surfaces,
    ...selector,
    ...network,
    // Sections of later versions, which only authored profiles have.
    ...{
      containers: [container],
      initContainers: [container],
      ephemeralContainers: [container],
    },
  },
  ...{ status: {} },
};

const part = { name: 'web', ...surfaces };

/** Likewise. */
export const APPLICATION_PROFILE_OBJECT: Full<ApplicationProfile> = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ApplicationProfile',
  metadata: meta,
  spec: {
    architectures: ['amd64'],
    containers: [part],
    initContainers: [part],
    ephemeralContainers: [part],
  },
  ...{ status: {} },
};

const peers = { name: 'web', ...network };

/** Likewise. */
export const NETWORK_NEIGHBORHOOD_OBJECT: Full<NetworkNeighborhood> = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'NetworkNeighborhood',
  metadata: meta,
  spec: {
    ...selector,
    containers: [peers],
    initContainers: [peers],
    ephemeralContainers: [peers],
  },
};
