import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const TERMINAL = join(import.meta.dirname, 'terminal.ts');

type Out = 'pipe' | number;

/** A process with a terminal, that does as `work` says; `told` is what it said by its channel. */
function start(work: string, { out = 'pipe' as Out, prefix = '' } = {}): ChildProcess {
  const script = `
    const { processTerminal } = await import(${JSON.stringify(TERMINAL)});
    const terminal = processTerminal(undefined);
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const attempt = (text) => {
      terminal.write(text);
      return terminal.emptied().then(() => 'written', ({ code, message }) => code + ' ' + message);
    };
    ${work}
    process.disconnect?.();`;
  const shell = `${prefix} exec "$0" --conditions=source --input-type=module -e "$1"`;
  return spawn('/bin/sh', ['-c', shell, process.execPath, script], {
    stdio: ['ignore', out, 'pipe', 'ipc'],
  });
}

async function ended(child: ChildProcess) {
  const told: unknown[] = [];
  let err = '';
  child.on('message', (message) => told.push(message));
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, told, err };
}

describe('processTerminal', () => {
  it('says what a full device did not take, and ends with status 1 unless somebody deals with it', async () => {
    const out = openSync('/dev/full', 'w');
    const untold = await ended(start("process.send(await attempt('x'));", { out }));
    const dealt = await ended(
      start("terminal.onFailure((failure) => process.send(failure.isGone)); await attempt('x');", {
        out,
      }),
    );
    closeSync(out);
    assert.equal(untold.code, 1);
    assert.match(untold.err, /^hullwatch: standard output: ENOSPC: /);
    assert.match(`${untold.told[0]}`, /^unavailable standard output: ENOSPC/);
    assert.deepEqual([dealt.code, dealt.err, dealt.told], [0, '', [false]]);
  });

  it('does not take a part for the whole where a file may grow no further', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hullwatch-terminal-'));
    const out = openSync(join(folder, 'out'), 'a');
    const work = `
      const line = 'x'.repeat(99) + '\\n';
      for (let i = 0; i < 30; i += 1) process.send(await attempt(line));`;
    const { told } = await ended(start(work, { out, prefix: 'ulimit -f 1;' }));
    closeSync(out);
    const text = readFileSync(join(folder, 'out'), 'utf8');
    rmSync(folder, { recursive: true });
    const written = told.filter((each) => each === 'written').length;
    assert.equal(text.match(/x{99}\n/g)?.length, written);
    assert.ok(written > 0 && written < 30, `${written} were written`);
  });

  it('ends quietly when nobody reads its output', async () => {
    const child = start(
      "await attempt('first\\n'); for (;;) { terminal.write('x\\n'); await wait(5); }",
    );
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, signal, err } = await ended(child);
    assert.deepEqual([code, signal, err], [0, null, '']);
  });

  it('goes on without a reader for who deals with it, and each write fails', async () => {
    const child = start(`
      terminal.onFailure(({ isGone }) => process.send(isGone));
      await attempt('first\\n');
      await wait(300);
      for (let i = 0; i < 2; i += 1) process.send(await attempt('x\\n'));
      await wait(20);
      process.send(await attempt('x\\n'));`);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, told } = await ended(child);
    const failed = 'unavailable standard output: write EPIPE';
    assert.deepEqual([code, told], [0, [true, failed, true, failed, true, failed]]);
  });

  it('goes on when nobody reads its standard error', async () => {
    const child = start(`
      terminal.writeError('first');
      await wait(300);
      for (let i = 0; i < 3; i += 1) { terminal.writeError('x'); await wait(5); }
      process.exitCode = 7;`);
    child.stderr?.once('data', () => child.stderr?.destroy());
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });
});
