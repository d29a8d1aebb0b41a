// `npm run layers` holds src/ to these rules; docs/architecture.md explains them.

/** From the kernel's end to the reader's. They must not import each other; only agent/ knows them all. */
const STAGES = [
  'sensor',
  'attribution',
  'pipeline',
  'learning',
  'profile-cache',
  'rules',
  'alerts',
];

/** They translate between our types and an API or a file. */
const ADAPTERS = ['kube', 'storage'];

const PURE = ['model', 'profile', 'runtime', 'metrics'];

/** What each folder may import apart from itself; the list is complete. */
const MAY_IMPORT = {
  model: [],
  profile: ['model'],
  runtime: ['model'],
  metrics: ['runtime'],
  cel: ['model'],
  ...Object.fromEntries(STAGES.map((stage) => [stage, PURE])),
  listening: ['model'],
  consolidation: ['model', 'profile', 'runtime'],
  ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, [...PURE, 'consolidation']])),
  agent: [...STAGES, ...ADAPTERS, ...PURE, 'cel', 'consolidation'],
  web: ['agent', 'listening', ...PURE],
  cli: ['agent', 'web', ...ADAPTERS, ...PURE, 'consolidation', 'listening'],
};
MAY_IMPORT.rules = [...MAY_IMPORT.rules, 'cel'];
MAY_IMPORT.storage = [...MAY_IMPORT.storage, 'listening'];

const TEST = '[.]test[.]ts$|/testing/';

const direction = Object.entries(MAY_IMPORT).map(([folder, others]) => ({
  name: `direction-${folder}`,
  comment: `${folder}/ imports only itself and: ${others.join(', ') || 'nothing'} (docs/architecture.md).`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: TEST },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...direction,
    {
      name: 'folder-has-rule',
      comment: 'MAY_IMPORT has no line for this folder of src/.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(MAY_IMPORT).join('|')})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      comment:
        'Modules that need each other when loaded. Within a folder, types may refer to each other.',
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
        "Another folder's module is imported as '#folder/name.js', one of the same folder as './name.ts'.",
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
        'model/ and profile/ only compute: no packages, and of Node nothing but node:crypto in profile/.',
      severity: 'error',
      from: { path: '^src/(model|profile)/', pathNot: TEST },
      to: { dependencyTypes: ['core', 'npm'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'outside-world-at-the-edge',
      comment: 'This folder does no I/O of its own: take what it needs through a port.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [TEST, '^src/(sensor|attribution|storage|kube|listening|web|cli|alerts/sinks)/'],
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
      comment: 'A name like this gathers whatever has no place: say what is in it.',
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
