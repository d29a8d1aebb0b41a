import { LOG_LEVELS } from '#runtime/log.js';

/**
 * What kind of value an option takes; decides how its text is read. A `period` is a duration above 0,
 * since something happens each time it is over.
 */
export type OptionKind = 'duration' | 'period' | 'integer' | 'boolean' | 'text' | 'choice' | 'list';

interface OptionOf<Kind extends OptionKind, Value> {
  readonly kind: Kind;
  readonly default: Value;
  /** One line for `--help` and docs/configuration.md. */
  readonly help: string;
  /** Smallest and largest value of an integer. */
  readonly range?: readonly [number, number];
  /** The values of a choice. */
  readonly choices?: readonly string[];
}

const duration = (text: string, help: string): OptionOf<'duration', string> => ({
  kind: 'duration',
  default: text,
  help,
});
const period = (text: string, help: string): OptionOf<'period', string> => ({
  kind: 'period',
  default: text,
  help,
});
const integer = (
  value: number,
  range: readonly [number, number],
  help: string,
): OptionOf<'integer', number> => ({ kind: 'integer', default: value, range, help });
const choice = (
  value: string,
  choices: readonly string[],
  help: string,
): OptionOf<'choice', string> => ({ kind: 'choice', default: value, choices, help });
const flag = (help: string): OptionOf<'boolean', boolean> => ({
  kind: 'boolean',
  default: false,
  help,
});
const text = (value: string, help: string): OptionOf<'text', string> => ({
  kind: 'text',
  default: value,
  help,
});
const list = (help: string): OptionOf<'list', readonly string[]> => ({
  kind: 'list',
  default: [],
  help,
});

/**
 * Every option of the agent, by its name in a configuration file. The command line has each as
 * `--kebab-case`, the environment as `HULLWATCH_SNAKE_CASE`.
 */
export const OPTIONS = {
  containerdSocket: text(
    '/run/containerd/containerd.sock',
    'Unix socket on which containerd listens.',
  ),
  runtime: choice(
    'containerd',
    ['containerd', 'cri', 'docker'],
    'Who tells what containers there are: containerd, a CRI runtime such as CRI-O, or Docker.',
  ),
  runtimeSocket: text(
    '',
    'Unix socket of a CRI runtime or of Docker; empty: /run/crio/crio.sock or /run/docker.sock.',
  ),
  source: list(
    'Where events come from: ebpf, ig:FILE, tetragon:FILE, each with =TYPES for some types only; none: ebpf.',
  ),
  host: flag('Watch the processes outside of containers too, as the container called host.'),
  store: text(
    '/var/lib/hullwatch/profiles.db',
    'Where profiles are kept: the file of an embedded store; http(s)://…, unix:/path or kubeconfig:FILE of one that is served; or kubernetes.',
  ),
  storeListen: text(
    '',
    'Where the embedded store serves the Kubernetes API, host:port on loopback or unix:/path; empty: nowhere.',
  ),
  queue: text(
    '',
    'File in which reports wait until the store has taken them; empty: beside the embedded store, else /var/lib/hullwatch/reports.db.',
  ),
  kubeconfig: text(
    '',
    'Kubeconfig with which the API server is reached; empty: the service account of the pod.',
  ),
  consolidation: choice(
    'auto',
    ['auto', 'store', 'lease'],
    'Who merges reports in a cluster: the storage there, or the agent that holds a lease; auto asks the API server.',
  ),
  pods: choice(
    'runtime',
    ['runtime', 'api'],
    'Who tells what pod a container belongs to: the container runtime alone, or the API server as well.',
  ),
  sensorFolder: text('', 'Folder of the sensor files; empty: those that came with the package.'),
  sensorBufferBytes: integer(
    8 * 1024 * 1024,
    [64 * 1024, 1024 ** 3],
    'Size of the buffer between the kernel and the agent, a power of two.',
  ),
  rules: list(
    'Rules and bindings: files, folders, default, store; none: those in the store, and the default rules while it has none.',
  ),
  sink: list(
    'Where alerts go beside standard output: a URL such as alertmanager+http://HOST:9093, or a file of sinks.',
  ),
  alertSpool: text(
    '',
    'File in which alerts wait for the sinks; empty: beside the embedded store, else /var/lib/hullwatch/alerts.db.',
  ),
  alertSpoolBytes: integer(
    64 * 1024 * 1024,
    [1024 * 1024, 64 * 1024 ** 3],
    'How many bytes of alerts may wait; beyond it the oldest go.',
  ),
  nodeName: text('', 'Name of this node in alerts; empty: the host name.'),
  clusterName: text('', 'Name of the cluster in workload ids.'),
  http: text(
    '127.0.0.1:7654',
    'Where health, metrics and containers are served: host:port, unix:/path of a socket, or off.',
  ),
  logLevel: choice('info', LOG_LEVELS, 'How much to log to standard error.'),
  firstSave: period('2m', 'When a new container is first saved.'),
  updatePeriod: period('10m', 'How often a learning container is saved after that.'),
  learningPeriod: period('24h', 'How long a container is learned.'),
  consolidationInterval: period('30s', 'How often saved reports are merged into profiles.'),
  refreshInterval: period('30s', 'How often the profile cache compares itself with the store.'),
  storeCallBudget: period('5s', 'How long one call to the store may take.'),
  removalGrace: duration('10s', 'How long a removed container can still be looked up.'),
  enforceWhileLearning: flag('Judge containers by profiles that are still being learned.'),
  learnEnvNames: flag('Learn the names of environment variables of programs, never their values.'),
  imageFiles: choice(
    'on',
    ['on', 'off'],
    "Whether the files of containers' images are listed, so that opens of them keep their own entries; in an embedded store only.",
  ),
  learnHeaders: list('Names of HTTP headers whose values are learned; none: Host alone.'),
  holdTime: duration('2s', 'How long events wait for their container to become known.'),
  orderWindow: period('5ms', 'How late an event may arrive and still be put in order.'),
  dedupWindow: duration(
    '10s',
    'For how long a repeated open is set aside, and other events in proportion; 0: nothing is.',
  ),
  dedupSlotsExponent: integer(
    17,
    [8, 24],
    'The table of events seen lately has 2 to this power slots.',
  ),
  cooldown: duration('1h', 'For how long a repeated alert is held back; 0: never.'),
  cooldownAfterCount: integer(
    1,
    [1, 1_000_000],
    'How many like alerts pass before the rest are held back.',
  ),
} as const;

/** What the table says of one option. */
export type AnyOption = OptionOf<OptionKind, unknown>;

/** Name of an option. */
export type OptionName = keyof typeof OPTIONS;

interface ValueOfKind {
  readonly duration: number;
  readonly period: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly text: string;
  readonly choice: string;
  readonly list: readonly string[];
}

/** The options as the agent takes them: durations in milliseconds. */
export type AgentOptions = {
  readonly [Name in OptionName]: ValueOfKind[(typeof OPTIONS)[Name]['kind']];
};

/** Options that need the machine: its kernel and its container runtime. */
export const LIVE_OPTIONS = [
  'containerdSocket',
  'runtime',
  'runtimeSocket',
  'sensorFolder',
] as const satisfies OptionName[];

/** Options of what is watched and how, without a meaning where nothing is. */
export const SENSOR_OPTIONS = [
  'source',
  'host',
  'sensorBufferBytes',
] as const satisfies OptionName[];

/** Options that say which profile store to use, and how to reach it. */
export const STORE_OPTIONS = ['store', 'kubeconfig'] as const satisfies OptionName[];

/** Options without a meaning in a replay, which has a store and a clock of its own. */
export const NOT_IN_REPLAY: ReadonlySet<OptionName> = new Set<OptionName>([
  ...LIVE_OPTIONS,
  ...SENSOR_OPTIONS,
  ...STORE_OPTIONS,
  'storeListen',
  'imageFiles',
  'queue',
  'consolidation',
  'pods',
  'http',
  'sink',
  'alertSpool',
  'alertSpoolBytes',
]);

/** All names, in the order of the table. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** `learningPeriod` → `learning-period`. */
export function flagOf(name: OptionName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `learningPeriod` → `HULLWATCH_LEARNING_PERIOD`. */
export function environmentNameOf(name: OptionName): string {
  return `HULLWATCH_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}
