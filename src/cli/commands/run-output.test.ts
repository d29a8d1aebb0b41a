import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const at = (path: string) => join(import.meta.dirname, path);

/** An alert for each exec. */
const RULES = `
apiVersion: kubescape.io/v1
kind: Rules
metadata: {name: test}
spec:
  rules:
    - id: R9
      name: Any
      enabled: true
      severity: 5
      profileDependency: 2
      tags: [context:container]
      expressions:
        message: "'seen'"
        uniqueId: event.comm + event.exepath
        ruleExpression: [{eventType: exec, expression: 'true'}]
`;

describe('what hullwatch run does when standard output fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-run-'));
    writeFileSync(join(folder, 'rules.yaml'), RULES);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(out: 'pipe' | number, ...more: readonly string[]): ChildProcess {
    const recording = at('../../../examples/recordings/web-shop.ndjson');
    const kept = ['--store', join(folder, 'p.db'), '--alert-spool', join(folder, 'a.db')];
    const args = ['--recording', recording, '--speed', '60', ...kept];
    const rest = ['--rules', join(folder, 'rules.yaml'), '--http', 'off', ...more];
    const program = ['--conditions=source', at('../main.ts'), 'run', ...args, ...rest];
    return spawn(process.execPath, program, { stdio: ['ignore', out, 'pipe'] });
  }

  async function ended(child: ChildProcess) {
    let err = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, err };
  }

  /** Ends like `head -c 10`. */
  function readBegin(child: ChildProcess): void {
    child.stdout?.once('data', () => child.stdout?.destroy());
  }

  it('ends it with a reason when nobody reads its only sink', async () => {
    const child = run('pipe');
    readBegin(child);
    const { code, err } = await ended(child);
    assert.equal(code, 1);
    assert.match(err, /nobody reads standard output any more, and there is no other sink/);
  });

  it('goes on for the other sinks when nobody reads it', async () => {
    const csv = join(folder, 'alerts.csv');
    const child = run('pipe', '--sink', `csv:${csv}`);
    readBegin(child);
    const { code, err } = await ended(child);
    assert.equal(code, 0, err);
    const alerts = Number(/(\d+) alerts/.exec(err)?.[1]);
    assert.ok(alerts > 10, err);
    assert.equal(readFileSync(csv, 'utf8').split('\r\n').length, 1 + alerts + 1);
    assert.match(err, /"sink":"stdout","error":"standard output: write EPIPE"/);
  });

  it('keeps alerts that a full disk did not take for the next life', async () => {
    const full = openSync('/dev/full', 'w');
    const first = await ended(run(full));
    closeSync(full);
    assert.match(first.err, /"sink":"stdout","error":"standard output: ENOSPC/);
    const alerts = Number(/(\d+) alerts/.exec(first.err)?.[1]);
    const out = openSync(join(folder, 'out'), 'w');
    await ended(run(out));
    closeSync(out);
    const lines = readFileSync(join(folder, 'out'), 'utf8').trimEnd().split('\n');
    assert.ok(lines.length >= 2 * alerts, `${lines.length} lines of twice ${alerts}`);
  });
});
