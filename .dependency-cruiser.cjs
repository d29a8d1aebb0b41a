// The shape of src/, checked on every run of `npm run layers`.
// Read it top to bottom: this is the order in which data moves through the agent.

/** The stages, upstream first. A stage knows none of the others; agent/ joins them. */
const STAGES = [
  'sensor',
  'attribution',
  'pipeline',
  'learning',
  'profile-cache',
  'rules',
  'alerts',
];

/** What the outside world looks like from inside. */
const ADAPTERS = ['kube', 'storage'];

const PURE = ['model', 'profile', 'runtime', 'metrics'];

/** folder -> the other folders that it may import. Anything not listed is forbidden. */
const MAY_IMPORT = {
  model: [],
  profile: ['model'],
  runtime: ['model'],
  metrics: ['runtime'],
  cel: ['model'],
  ...Object.fromEntries(STAGES.map((stage) => [stage, PURE])),
  ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, PURE])),
  agent: [...STAGES, ...ADAPTERS, ...PURE, 'cel'],
  web: ['agent', ...PURE],
  cli: ['agent', 'web', 'kube', ...PURE],
};
MAY_IMPORT.rules = [...MAY_IMPORT.rules, 'cel'];

const TEST = '[.]test[.]ts$|/testing/';

const direction = Object.entries(MAY_IMPORT).map(([folder, others]) => ({
  name: `direction-${folder}`,
  comment: `${folder}/ may import itself and ${others.join(', ') || 'nothing else'}. See docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: TEST },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...direction,
    {
      name: 'folder-has-rule',
      comment: 'A new folder below src/ needs a line in MAY_IMPORT.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(MAY_IMPORT).join('|')})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'Cycles between values. Type-only ones are allowed inside a folder.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-cross-folder-cycles',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: TEST },
      to: { circular: true, path: '^src/', pathNot: '^src/$1/' },
    },
    {
      name: 'cross-folder-by-name',
      comment:
        "Write '#other/x.js' across folders and './x.ts' within one, so that a reader sees every border.",
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/', pathNot: '^src/$1/', dependencyTypesNot: ['aliased-subpath-import'] },
    },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'pure-rooms',
      comment:
        'model/ and profile/ are nouns and pure functions: no packages, nothing of Node but node:crypto in profile/.',
      severity: 'error',
      from: { path: '^src/(model|profile)/', pathNot: TEST },
      to: { dependencyTypes: ['core', 'npm'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'outside-world-at-the-edge',
      comment:
        'Files, sockets and processes are opened in adapters, sensors, sinks and surfaces only.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [TEST, '^src/(sensor|attribution|storage|kube|web|cli|alerts/sinks)/'],
      },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|fs/promises|net|http|http2|https|tls|dgram|child_process|worker_threads|sqlite)$',
      },
    },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: [TEST, '^src/sensor/ebpf/build[.]ts$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-drawers',
      comment: 'Name a file or folder for the one thing it holds.',
      severity: 'error',
      from: {},
      to: {
        path: '/(util|utils|helper|helpers|common|misc|shared|types|index)([.]ts|/)',
        pathNot: 'node_modules',
      },
    },
    {
      name: 'no-orphans',
      severity: 'warn',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: ['[.]d[.]ts$', '^src/sensor/ebpf/build[.]ts$'],
      },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
