import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AGENT_VERSION } from '../src/agent/version.ts';
import { EXIT } from '../src/cli/exit-code.ts';
import { AgentError, ERROR_CODES } from '../src/model/agent-error.ts';
import { generatedTables, withTable } from './generated-docs.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const rooms = readdirSync(join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string; readonly severity: string };
    }[];
  };
}

function cruise(folder: string): Report {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout } = spawnSync(
    process.execPath,
    [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Report;
}

/** One file each, in a copy of src/, and the rule that has to report it; undefined: it only helps another. */
const PLANTED = [
  [
    'src/rules/planted-stage.ts',
    "import { Pipeline } from '#pipeline/pipeline.js';\nexport const x = Pipeline;\n",
    'direction-rules',
  ],
  [
    'src/learning/planted-type.ts',
    "import type { Pipeline } from '#pipeline/pipeline.js';\nexport type X = Pipeline;\n",
    'direction-learning',
  ],
  [
    'src/model/planted-file.ts',
    "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
    'pure-rooms',
  ],
  [
    'src/profile/planted-package.ts',
    "import { load } from 'js-yaml';\nexport const x = load;\n",
    'pure-rooms',
  ],
  [
    'src/pipeline/planted-socket.ts',
    "import { request } from 'node:http';\nexport const x = request;\n",
    'outside-world-at-the-edge',
  ],
  [
    'src/pipeline/planted-fake.ts',
    "import { anOpen } from './testing/attributed-events.ts';\nexport const x = anOpen;\n",
    'no-test-code-in-product',
  ],
  [
    'src/pipeline/planted-relative.ts',
    "import { AgentError } from '../model/agent-error.ts';\nexport const x = AgentError;\n",
    'cross-folder-by-name',
  ],
  ['src/runtime/utils.ts', 'export const x = 1;\n', undefined],
  [
    'src/runtime/planted-drawer.ts',
    "import { x } from './utils.ts';\nexport const y = x;\n",
    'no-drawers',
  ],
  [
    'src/cellar/planted-room.ts',
    "import { AgentError } from '#model/agent-error.js';\nexport const x = AgentError;\n",
    'folder-has-rule',
  ],
  [
    'src/alerts/planted-dev.ts',
    "import fc from 'fast-check';\nexport const x = fc;\n",
    'no-dev-dependency-in-product',
  ],
  [
    'src/runtime/planted-cycle-a.ts',
    "import { b } from './planted-cycle-b.ts';\nexport const a = () => b;\n",
    'no-cycles',
  ],
  [
    'src/runtime/planted-cycle-b.ts',
    "import { a } from './planted-cycle-a.ts';\nexport const b = () => a;\n",
    undefined,
  ],
  [
    'src/web/planted-store.ts',
    "import { Consolidator } from '#consolidation/consolidator.js';\nexport const x = Consolidator;\n",
    'direction-web',
  ],
] as const;

describe('layers', () => {
  let copy: string;
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'hullwatch-layers-'));
    for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    mkdirSync(join(copy, 'src/cellar'));
    for (const [path, text] of PLANTED) writeFileSync(join(copy, path), text);
  });
  after(() => rmSync(copy, { recursive: true }));

  it('hold, and more than zero modules were read', () => {
    const { summary } = cruise(root);
    assert.ok(summary.totalCruised > 100, `only ${summary.totalCruised} modules were read`);
    assert.deepEqual(summary.violations, []);
  });

  it('are enforced: every planted violation is reported by its rule', () => {
    const { summary } = cruise(copy);
    const reported = summary.violations.filter(({ rule }) => rule.severity === 'error');
    for (const [path, , rule] of PLANTED) {
      if (rule === undefined) continue;
      const found = reported
        .filter(({ from }) => from === path)
        .map((violation) => violation.rule.name);
      assert.ok(
        found.includes(rule),
        `${path}: expected ${rule}, reported: ${found.join(', ') || 'nothing'}`,
      );
    }
  });
});

describe('rooms', () => {
  for (const room of rooms) {
    it(`${room} says in five lines what it takes, gives, owns, never does, and where to start`, () => {
      const path = join(root, 'src', room, 'README.md');
      assert.ok(existsSync(path), `${room} has no README.md`);
      const lines = readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('- **'));
      assert.deepEqual(
        lines.map((line) => /\*\*(.+?)\*\*/.exec(line)?.[1]),
        ['takes', 'gives', 'owns', 'never', 'start reading at'],
      );
    });
  }

  it('stand on the map, all of them', () => {
    const map = readFileSync(join(root, 'src/README.md'), 'utf8');
    for (const room of rooms)
      assert.ok(map.includes(`(${room}/README.md)`), `${room} is not on the map`);
  });
});

describe('docs', async () => {
  for (const table of await generatedTables()) {
    it(`${table.file} has the table that the code gives (npm run docs writes it)`, () => {
      const { current, expected } = withTable(table);
      assert.equal(current, expected);
    });
  }

  it('list every error code with whether it is retried, and every exit code', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \|.*\| (yes|no) \|$/gm)].map(
      ([, code, retried]) => [code, retried],
    );
    assert.deepEqual(
      rows,
      ERROR_CODES.map((code) => [code, new AgentError(code, '').isRetried ? 'yes' : 'no']),
    );
    for (const code of Object.values(EXIT)) assert.match(text, new RegExp(`^\\| ${code} \\|`, 'm'));
  });

  it('give every runtime dependency a reason', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const text = readFileSync(join(root, 'docs/adr/0008-runtime-dependencies.md'), 'utf8');
    for (const name of Object.keys(dependencies))
      assert.ok(text.includes(`\`${name}\``), `${name} has no line`);
  });

  for (const file of globSync('{*.md,docs/**/*.md,src/**/README.md}', { cwd: root })) {
    it(`${file} names only files that exist`, () => {
      const text = readFileSync(join(root, file), 'utf8');
      const links = [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, target = '']) =>
        join(dirname(file), target),
      );
      const paths = [
        ...text.matchAll(
          /`((?:src|test|docs|bench|tools|deploy|rules|proto|bin)\/[\w./-]+\.\w+)`/g,
        ),
      ].map(([, path = '']) => path);
      const missing = [...links, ...paths].filter((path) => !existsSync(join(root, path)));
      assert.deepEqual(missing, []);
    });
  }

  it('keep the README under 200 lines', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    assert.ok(text.split('\n').length < 200);
  });
});

describe('version', () => {
  it('is that of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(AGENT_VERSION, version);
  });
});
