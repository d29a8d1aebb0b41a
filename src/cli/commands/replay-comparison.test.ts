import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../testing/run-program.ts';

const RECORDING = fileURLToPath(
  new URL('../../../examples/recordings/web-shop.ndjson', import.meta.url),
);
const QUICK = [
  ...['--learning-period', '15s', '--first-save', '2s', '--update-period', '5s'],
  ...['--consolidation-interval', '1s', '--refresh-interval', '1s'],
];

/** A rule on the file with password hashes; changes as given. */
function manifest(changes: object = {}, expression = "event.path == '/etc/shadow'"): string {
  const rule = {
    ...{ id: 'R0010', name: 'Password hashes', enabled: true, severity: 5 },
    ...{ profileDependency: 2, tags: ['context:container'] },
    expressions: {
      message: "'opened ' + event.path",
      uniqueId: 'event.path',
      ruleExpression: [{ eventType: 'open', expression }],
    },
    ...changes,
  };
  const metadata = { name: 'test' };
  const spec = { rules: [rule] };
  return JSON.stringify({ apiVersion: 'kubescape.io/v1', kind: 'Rules', metadata, spec });
}

describe('hullwatch replay --compare', () => {
  let folder: string;
  let rules: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-compare-'));
    rules = file(manifest());
  });
  after(() => rmSync(folder, { recursive: true }));

  let files = 0;
  function file(text: string): string {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, text);
    return path;
  }
  const compare = (...args: readonly string[]) =>
    runProgram('replay', RECORDING, ...QUICK, '--rules', rules, ...args);

  it('gives 0 when the other rules raise the same alerts', async () => {
    const { exitCode, out } = await compare('--compare', rules, '-o', 'pretty');
    assert.equal(out, '0 come, 0 go, 0 change, 1 stay the same\n');
    assert.equal(exitCode, 0);
  });

  it('tells what changes about an alert, and gives 1', async () => {
    const expressions = {
      message: "'READ ' + event.path",
      uniqueId: 'event.path',
      ruleExpression: [{ eventType: 'open', expression: "event.path == '/etc/shadow'" }],
    };
    const other = file(manifest({ severity: 9, expressions }));
    const { exitCode, out } = await compare('--compare', other, '-o', 'pretty');
    assert.equal(exitCode, 1);
    assert.deepEqual(
      out.split('\n').map((line) => line.replace(/\d{4}-\S+Z/, 'TIME')),
      [
        '~ TIME R0010 shop-6d4f8b7c9d-x2x7k/web: READ /etc/shadow',
        '    severity: 5 → 9',
        '    message: opened /etc/shadow → READ /etc/shadow',
        '0 come, 0 go, 1 change, 0 stay the same',
        '',
      ],
    );
    const { out: json } = await compare('--compare', other);
    const { change, same } = JSON.parse(json);
    assert.deepEqual(
      [change[0].fields, change[0].after.severity, same],
      [['severity', 'message'], 9, 0],
    );
  });

  it('tells which alerts come and go', async () => {
    const other = file(manifest({ id: 'T1' }, "event.path.endsWith('/token')"));
    const { out, exitCode } = await compare('--compare', other, '-o', 'pretty');
    assert.match(
      out,
      /^\+ \S+ T1 \S+: opened .*\/token\n(?:[+] .*\n)*- \S+ R0010 .*\/etc\/shadow\n/,
    );
    assert.match(out, /\d+ come, 1 go, 0 change, 0 stay the same\n$/);
    assert.equal(exitCode, 1);
  });

  it('compares with other profiles, and says what of them could not be used', async () => {
    const asking = file(
      manifest(
        {},
        "event.path == '/etc/shadow' && !cp.was_path_opened(event.containerId, event.path)",
      ),
    );
    const overlay = file(
      JSON.stringify({
        apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
        kind: 'ApplicationProfile',
        metadata: { name: 'ug-replicaset-shop-6d4f8b7c9d', namespace: 'shop' },
        spec: { containers: [{ name: 'web', opens: [{ path: '/etc/shadow' }] }] },
      }),
    );
    const replay = ['replay', RECORDING, ...QUICK, '--rules', asking, '-o', 'pretty'];
    const { out } = await runProgram(...replay, '--compare-profiles', overlay);
    assert.match(out, /^- .*\/etc\/shadow\n0 come, 1 go, 0 change, 0 stay the same\n$/);
    const broken = file('{"kind": "Cat"}');
    const damaged = await runProgram(
      ...replay,
      '--compare-profiles',
      overlay,
      '--compare-profiles',
      broken,
    );
    assert.equal(damaged.exitCode, 3);
    assert.match(damaged.err, /\.json: apiVersion: expected/);
    assert.match(damaged.out, /1 go/);
  });

  it('rejects rules that cannot be used at all', async () => {
    const { exitCode, err } = await compare('--compare', join(folder, 'nowhere.yaml'));
    assert.equal(exitCode, 2);
    assert.match(err, /nowhere\.yaml/);
  });
});
