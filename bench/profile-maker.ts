// Makes fleets of workloads with profiles as large as real ones, the same for the same seed.
//
// What is common and why: a container opens what its base image and its language's runtime consist of,
// and these are the same files in all containers made from them. So a part of the opens (60 % unless
// told otherwise) is drawn from pools that workloads share: about two fifths of it from what every image has
// (C library, certificates, time zones), the rest from what the images of one of five languages have.
// The other part is the workload's own. The share is an assumption, not a measurement; the memory bench
// therefore also measures fleets in which nothing but names like O_RDONLY is common.
import { createHash } from 'node:crypto';
import { ANNOTATION, LABEL, USER_MANAGED_PREFIX } from '../src/model/annotations.ts';
import type { Container, InstanceId } from '../src/model/container.ts';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type ContainerProfileSpec,
  type ExecCall,
  type HttpEndpoint,
  type NetworkNeighbor,
  type NetworkNeighborhood,
  type OpenCall,
  PROFILE_API_VERSION,
  type ProfileKind,
  type ProfileKinds,
} from '../src/model/profile.ts';
import { formatInstanceId } from '../src/profile/instance-id.ts';
import { stableName, workloadName } from '../src/profile/slug.ts';
import { type Random, seededRandom } from '../src/runtime/random.ts';
import { CAPABILITIES, SYSCALLS } from './kernel-names.ts';
import {
  BASE_POOL,
  distinct,
  FAMILIES,
  FAMILY_POOL,
  type Family,
  name,
  pick,
  sample,
} from './path-pools.ts';

/** How many entries a profile has. */
export interface ProfileSize {
  readonly opens: number;
  readonly execs: number;
  readonly syscalls: number;
  readonly endpoints: number;
  readonly neighbors: number;
}

/** A profile as a busy service has it. */
export const FULL_SIZE: ProfileSize = {
  opens: 1_200,
  execs: 60,
  syscalls: 110,
  endpoints: 40,
  neighbors: 50,
};

/** A tenth of that, for fleets of thousands. */
export const SMALL_SIZE: ProfileSize = {
  opens: 120,
  execs: 6,
  syscalls: 40,
  endpoints: 4,
  neighbors: 5,
};

/** What the three containers of a workload are: three pods of one, or one pod of three. */
export type Reading = 'replicas' | 'different';

/** How a fleet is made. */
export interface FleetPlan {
  readonly seed: number;
  readonly reading: Reading;
  readonly size: ProfileSize;
  /** The part of the opens that is drawn from what workloads share, from 0 to 1. */
  readonly commonShare: number;
  readonly namespaces: number;
}

/** What the issue of the memory bench says, apart from the reading. */
export const FLEET: Omit<FleetPlan, 'reading'> = {
  seed: 7,
  size: FULL_SIZE,
  commonShare: 0.6,
  namespaces: 10,
};

/** A workload: its containers on this node and all that is stored about it. */
export interface MadeWorkload {
  readonly containers: readonly Container[];
  readonly objects: readonly ProfileKinds[ProfileKind][];
}

const CONTAINER_NAMES = ['app', 'proxy', 'exporter'] as const;
/** Of five workloads one has overlays. */
const OVERLAY_EVERY = 5;
const PATTERN_SHARE = 0.05;
/** Two fifths of what is common is common to all images. */
const BASE_SHARE = 0.4;
const FLAGS: readonly (readonly string[])[] = [
  ['O_RDONLY', 'O_CLOEXEC'],
  ['O_RDONLY'],
  ['O_RDONLY', 'O_NONBLOCK', 'O_DIRECTORY', 'O_CLOEXEC'],
  ['O_RDWR', 'O_CLOEXEC'],
  ['O_WRONLY', 'O_CREAT', 'O_TRUNC'],
  ['O_WRONLY', 'O_CREAT', 'O_APPEND', 'O_CLOEXEC'],
];
const COMMON_EXECS =
  'sh bash ls cat env id date sed grep awk curl wget tar cp mv rm mkdir chmod ps uname sleep test head tail find xargs'.split(
    ' ',
  );
const COMMON_HOSTS = [
  'kubernetes.default.svc.cluster.local.',
  'api.stripe.com.',
  's3.amazonaws.com.',
  'sts.amazonaws.com.',
  'storage.googleapis.com.',
  'login.microsoftonline.com.',
  'hooks.slack.com.',
  'o1.ingest.sentry.io.',
  'api.github.com.',
  'registry.npmjs.org.',
];

/** Makes the workload of that number. */
export function makeWorkload(index: number, plan: FleetPlan): MadeWorkload {
  const random = seededRandom(plan.seed * 1_000_003 + index);
  const family = FAMILIES[index % FAMILIES.length] ?? 'go';
  const service = `${name(random, '-')}-${index}`;
  const namespace = `team-${index % plan.namespaces}`;
  const instance = instanceOf(service, namespace);
  const about = { service, family, plan, random };
  const names = plan.reading === 'replicas' ? CONTAINER_NAMES.slice(0, 1) : CONTAINER_NAMES;
  const ids = names.map((containerName) => instance(containerName));
  const learned = ids.map((id) => asStored(learnedProfile(id, specOf(about))));
  const overlays = index % OVERLAY_EVERY === 0 ? overlaysOf(ids, about).map(asStored) : [];
  return {
    containers: [0, 1, 2].map((i) => containerOf(ids[i] ?? ids[0] ?? instance('app'), index, i)),
    objects: [...learned, ...overlays],
  };
}

/** All workloads of a fleet, one after the other, so that they need not be in memory at once. */
export function* makeFleet(workloads: number, plan: FleetPlan): Generator<MadeWorkload> {
  for (let index = 0; index < workloads; index += 1) yield makeWorkload(index, plan);
}

interface About {
  readonly service: string;
  readonly family: Family;
  readonly plan: FleetPlan;
  readonly random: Random;
}

/** Read back, so that no string is one that the maker still has. */
function asStored<T>(object: T): T {
  return JSON.parse(JSON.stringify(object));
}

function instanceOf(service: string, namespace: string): (containerName: string) => InstanceId {
  const templateHash = digest(service).slice(0, 10);
  return (containerName) => ({
    apiVersion: 'apps/v1',
    namespace,
    kind: 'ReplicaSet',
    name: `${service}-${templateHash}`,
    templateHash,
    containerType: 'containers',
    containerName,
  });
}

function containerOf(instanceId: InstanceId, index: number, replica: number): Container {
  const { namespace, containerName } = instanceId;
  const pod = `${instanceId.name}-${containerName === 'app' ? replica : 0}`;
  return {
    id: digest(`container ${index} ${replica}`),
    runtimeNamespace: 'k8s.io',
    name: containerName,
    kind: 'container',
    image: `registry.example.com/${namespace}/${instanceId.name}:1`,
    imageDigest: '',
    namespace,
    pod: { name: pod, namespace, uid: digest(`pod ${pod}`).slice(0, 36), labels: {} },
    labels: {},
    pid: 1_000 + index,
    startedAtMs: 0,
    preExisting: false,
    instanceId,
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
    workloadKind: 'Deployment',
  };
}

function learnedProfile(id: InstanceId, spec: ContainerProfileSpec): ContainerProfile {
  const resourceVersion = '1';
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: {
      name: stableName(id),
      namespace: id.namespace,
      uid: digest(formatInstanceId(id)).slice(0, 36),
      resourceVersion,
      annotations: {
        [ANNOTATION.instanceId]: formatInstanceId(id),
        [ANNOTATION.status]: 'completed',
        [ANNOTATION.completion]: 'complete',
        [ANNOTATION.containerType]: id.containerType,
      },
      labels: { [LABEL.kind]: 'Deployment', [LABEL.containerName]: id.containerName },
    },
    spec,
  };
}

function specOf(about: About): ContainerProfileSpec {
  const { plan, random, service } = about;
  const { size } = plan;
  const egress = Math.ceil(size.neighbors * 0.7);
  return {
    architectures: ['amd64'],
    capabilities: sample(CAPABILITIES, 6, random),
    execs: execsOf(about, size.execs),
    opens: opensOf(about, size.opens),
    syscalls: sample(SYSCALLS, size.syscalls, random),
    endpoints: endpointsOf(about, size.endpoints),
    rulePolicies: { R1010: {}, R1011: {}, R1012: {}, R1030: {} },
    imageID: `registry.example.com/${service}@sha256:${digest(service)}`,
    imageTag: `registry.example.com/${service}:1`,
    matchLabels: { app: service },
    egress: neighborsOf(about, egress),
    ingress: neighborsOf(about, size.neighbors - egress),
  };
}

function opensOf(about: About, count: number): readonly OpenCall[] {
  const { plan, random, family } = about;
  const patterns = Math.round(count * PATTERN_SHARE);
  const common = Math.round((count - patterns) * plan.commonShare);
  const paths = new Set([
    ...sample(BASE_POOL, Math.round(common * BASE_SHARE), random),
    ...sample(FAMILY_POOL[family], common - Math.round(common * BASE_SHARE), random),
  ]);
  while (paths.size < count - patterns) paths.add(ownPath(about));
  while (paths.size < count) paths.add(ownPattern(about));
  return [...paths].sort().map((path) => ({ path, flags: flagsOf(path) }));
}

/** Whoever opens a file opens it alike: the flags follow from the path. */
function flagsOf(path: string): readonly string[] {
  let sum = 0;
  for (let i = 0; i < path.length; i += 1) sum = (sum * 31 + path.charCodeAt(i)) % 1_000;
  return FLAGS[sum < 700 ? 0 : sum % FLAGS.length] ?? [];
}

function ownPath({ service, random }: About): string {
  const file = `${name(random)}_${Math.floor(random.next() * 100)}`;
  const places = [
    `/app/${service}/${name(random)}/${file}.bin`,
    `/usr/src/${service}/dist/${name(random)}/${file}.js`,
    `/var/lib/${service}/${name(random)}/${file}.db`,
    `/etc/${service}/conf.d/${file}.yaml`,
    `/tmp/${service}/${file}`,
    `/data/${service}/${name(random)}/${file}.idx`,
  ];
  return pick(places, random);
}

function ownPattern({ service, random }: About): string {
  const places = [
    `/proc/⋯/${pick(['stat', 'status', 'cmdline', 'maps'], random)}`,
    `/proc/⋯/task/⋯/${name(random)}`,
    `/var/lib/${service}/${name(random)}/⋯/${name(random)}.log`,
    `/app/${service}/${name(random)}/⋯`,
    `/tmp/${service}/${name(random)}/*`,
    `/usr/src/${service}/⋯/${name(random)}.js`,
  ];
  return pick(places, random);
}

function execsOf({ service, random }: About, count: number): readonly ExecCall[] {
  const execs = new Map<string, ExecCall>();
  while (execs.size < count) {
    const isCommon = random.next() < 0.6;
    const path = isCommon
      ? `/usr/bin/${pick(COMMON_EXECS, random)}`
      : `/app/${service}/bin/${name(random, '-')}`;
    const rest = distinct(1 + Math.floor(random.next() * 4), () => argument(service, random));
    const args = random.next() < 0.1 ? [path, '⋯⋯'] : [path, ...rest];
    execs.set(JSON.stringify(args), { path, args });
  }
  return [...execs.values()];
}

function argument(service: string, random: Random): string {
  const kinds = [
    `--${name(random, '-')}`,
    `--${name(random, '-')}=${name(random)}`,
    `/app/${service}/${name(random)}.conf`,
    '-c',
    `/var/lib/${service}/⋯`,
  ];
  return pick(kinds, random);
}

function endpointsOf({ service, plan, random }: About, count: number): readonly HttpEndpoint[] {
  const paths = distinct(
    count,
    () => `:8080/api/v1/${name(random)}${pick(['', '/⋯', `/${name(random)}`], random)}`,
  );
  return paths.map((endpoint) => ({
    endpoint,
    methods: sample(['GET', 'POST', 'PUT', 'DELETE'], 1 + Math.floor(random.next() * 2), random),
    internal: false,
    direction: 'inbound',
    headers: { Host: [`${service}.team-${plan.seed}.svc.cluster.local:8080`] },
  }));
}

function neighborsOf(about: About, count: number): readonly NetworkNeighbor[] {
  const made = new Map<string, NetworkNeighbor>();
  while (made.size < count) {
    const neighbor = neighborOf(about);
    made.set(neighbor.identifier, neighbor);
  }
  return [...made.values()];
}

function neighborOf({ random }: About): NetworkNeighbor {
  const port = pick([80, 443, 5_432, 6_379, 8_080, 9_092], random);
  const ports = [{ name: `TCP-${port}`, protocol: 'TCP', port }];
  const kind = random.next();
  if (kind < 0.5) {
    const app = name(random, '-');
    const podSelector = { matchLabels: { app, 'app.kubernetes.io/part-of': name(random, '-') } };
    const namespaceSelector = {
      matchLabels: { 'kubernetes.io/metadata.name': `team-${Math.floor(random.next() * 10)}` },
    };
    return withIdentifier({ type: 'internal', ports, podSelector, namespaceSelector });
  }
  if (kind < 0.8) {
    const dns =
      random.next() < 0.4 ? pick(COMMON_HOSTS, random) : `${name(random, '-')}.example.com.`;
    return withIdentifier({
      type: 'external',
      dns,
      dnsNames: [dns],
      ports,
      ipAddress: address(random),
    });
  }
  return withIdentifier({ type: 'external', ports, ipAddress: address(random) });
}

function withIdentifier(neighbor: Omit<NetworkNeighbor, 'identifier'>): NetworkNeighbor {
  return { identifier: digest(JSON.stringify(neighbor)), ...neighbor };
}

function address(random: Random): string {
  const byte = () => Math.floor(random.next() * 256);
  return `${pick([10, 34, 52, 104, 151], random)}.${byte()}.${byte()}.${byte()}`;
}

/** A few dozen entries for each container. */
function overlaysOf(
  ids: readonly InstanceId[],
  about: About,
): readonly [ApplicationProfile, NetworkNeighborhood] {
  const [first] = ids;
  if (first === undefined) throw new Error('a workload without containers');
  const overlayName = `${USER_MANAGED_PREFIX}${workloadName(first)}`;
  const metadata = {
    name: overlayName,
    namespace: first.namespace,
    uid: digest(overlayName).slice(0, 36),
    resourceVersion: '1',
    annotations: { [ANNOTATION.managedBy]: 'User' },
  };
  const names = ids.map(({ containerName }) => containerName);
  return [
    {
      apiVersion: PROFILE_API_VERSION,
      kind: 'ApplicationProfile',
      metadata,
      spec: {
        containers: names.map((containerName) => ({
          name: containerName,
          opens: opensOf(about, 20),
          execs: execsOf(about, 8),
          endpoints: endpointsOf(about, 4),
          syscalls: sample(SYSCALLS, 6, about.random),
        })),
      },
    },
    {
      apiVersion: PROFILE_API_VERSION,
      kind: 'NetworkNeighborhood',
      metadata,
      spec: {
        containers: names.map((containerName) => ({
          name: containerName,
          egress: neighborsOf(about, 8),
          ingress: neighborsOf(about, 4),
        })),
      },
    },
  ];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
