import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const STOP_SIGNAL = join(import.meta.dirname, 'stop-signal.ts');

/** A process that says on standard error when it works, and then does what `work` says. */
async function start(work: string): Promise<ChildProcess> {
  const script = `
    const { untilStopped } = await import(${JSON.stringify(STOP_SIGNAL)});
    const stopped = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve));
    const alive = setInterval(() => {}, 1_000);
    await untilStopped(async (signal, stop) => {
      process.stderr.write('works');
      ${work}
    });
    clearInterval(alive);
    process.exitCode = 7;`;
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', script],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await once(child.stderr, 'data');
  return child;
}

describe('untilStopped', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`lets the work end at ${signal}`, async () => {
      const child = await start('await stopped(signal);');
      child.stdout?.resume();
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [7, null]);
    });
  }

  it('ends at once at a second SIGINT', async () => {
    const child = await start(
      "await stopped(signal); setInterval(() => process.stderr.write('.'), 50); await new Promise(() => {});",
    );
    child.kill('SIGINT');
    await once(child.stderr ?? child, 'data');
    child.stderr?.on('data', () => child.kill('SIGINT'));
    assert.deepEqual(await once(child, 'exit'), [130, null]);
  });

  it('takes the same Ctrl-C from the terminal and from the launcher for one', async () => {
    const child = await start('await stopped(signal);');
    child.stdout?.resume();
    child.kill('SIGINT');
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  it('ends with its exit status when nobody reads its output', async () => {
    const child = await start("await stopped(signal); process.stdout.write('x'.repeat(1e6));");
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  it('lets a reader have everything when it was not told to end', async () => {
    const child = await start("process.stdout.write('x'.repeat(1e6));");
    let bytes = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    assert.deepEqual(await once(child, 'close'), [7, null]);
    assert.equal(bytes, 1e6);
  });
});
