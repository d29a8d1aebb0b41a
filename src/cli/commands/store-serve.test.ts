import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { settle } from '#runtime/virtual-clock.js';
import { GivenTerminal } from '../testing/given-terminal.ts';
import { runStoreServe, type StoreServeOptions } from './store-serve.ts';

const PROFILES =
  '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/namespaces/shop/containerprofiles';

const report = (suffix: string, status: string) => ({
  metadata: {
    name: `web-${suffix}`,
    annotations: {
      'kubescape.io/report-series-id': 's1',
      'kubescape.io/status': status,
      'kubescape.io/completion': 'complete',
      'kubescape.io/report-timestamp': '2026-01-01 00:00:10 +0000 UTC',
      'kubescape.io/previous-report-timestamp': '0001-01-01 00:00:00 +0000 UTC',
    },
  },
  spec: { execs: [{ path: '/bin/a' }] },
});

describe('hullwatch store serve', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-serve-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function serving(
    options: Partial<StoreServeOptions>,
    work: (url: string, terminal: GivenTerminal) => Promise<void>,
  ): Promise<void> {
    const terminal = new GivenTerminal();
    const controller = new AbortController();
    const { signal } = controller;
    const served = runStoreServe(
      { data: folder, listen: '127.0.0.1:0', ...options },
      { terminal, signal },
    );
    served.catch(() => {});
    while (!terminal.out.endsWith('\n')) await Promise.race([settle(), served]);
    try {
      await work(terminal.out.trim().split(' ').at(-1) ?? '', terminal);
    } finally {
      controller.abort();
    }
    assert.equal(await served, 0);
  }

  it('says where it serves, consolidates, keeps what it was given, and ends its watches', async () => {
    let ended: Promise<void> | undefined;
    await serving({ consolidateInterval: '20ms' }, async (url, { out }) => {
      assert.match(out, /^serving profiles of \S+ on http:\/\/127\.0\.0\.1:\d+\n$/);
      const watch = await fetch(`${url}${PROFILES}?watch=true&fieldSelector=metadata.name%3Dweb`);
      const posted = await fetch(url + PROFILES, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(report('01', 'completed')),
      });
      assert.equal(posted.status, 201);
      const reader = watch.body?.getReader();
      const first = await reader?.read();
      assert.match(
        new TextDecoder().decode(first?.value),
        /^\{"type":"ADDED".*"kubescape.io\/status":"completed"/,
      );
      ended = (async () => {
        while (!(await reader?.read())?.done);
      })();
    });
    await ended;
    await serving({}, async (url) => {
      const { status } = await fetch(`${url}${PROFILES}/web`);
      assert.equal(status, 200);
    });
  });

  it('writes a kubeconfig for its owner, with a token that may write', async () => {
    const tokenFile = join(folder, 'tokens');
    writeFileSync(
      tokenFile,
      '# who\nreader-reader-reader,read-only\nwriter-writer-writer,read-write\n',
    );
    const kubeconfig = join(folder, 'kubeconfig');
    await serving({ tokenFile, kubeconfig }, async (url) => {
      const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
      assert.equal(clusters[0].cluster.server, url);
      assert.equal(users[0].user.token, 'writer-writer-writer');
      assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
    });
  });

  it('refuses what it cannot use', async () => {
    const terminal = new GivenTerminal();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const [options, code] of [
      [{ data: file }, 'invalid'],
      [{ listen: '0.0.0.0:0' }, 'invalid'],
      [{ listen: 'nonsense' }, 'invalid'],
      [{ tlsCert: '/x' }, 'invalid'],
      [{ clientCa: '/x' }, 'invalid'],
      [{ tokenFile: '/nowhere/tokens' }, 'invalid'],
      [{ maxObjectSize: 'much' }, 'invalid'],
      [{ maxObjectSize: '0' }, 'invalid'],
      [{ consolidateInterval: 'often' }, 'invalid'],
      [{ kubeconfig: '/nowhere/kubeconfig' }, 'invalid'],
    ] as const) {
      const served = runStoreServe(
        { data: folder, listen: '127.0.0.1:0', ...options },
        { terminal },
      );
      await assert.rejects(served, { code }, JSON.stringify(options));
    }
    assert.equal(terminal.out, '');
  });

  it('ends within a second of SIGTERM', async () => {
    const script = `
      import { runStoreServe } from '#cli/commands/store-serve.js';
      import { processTerminal } from '#cli/terminal.js';
      const terminal = processTerminal('1');
      process.exitCode = await runStoreServe({ data: process.argv[1], listen: '127.0.0.1:0' }, { terminal });`;
    const args = ['--conditions=source', '--input-type=module', '-e', script, folder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    const watch = await fetch(`${line.trim().split(' ').at(-1)}${PROFILES}?watch=true`);
    const startMs = process.hrtime.bigint();
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => {
      child.once('exit', resolve);
    });
    assert.equal(code, 0);
    assert.ok(Number(process.hrtime.bigint() - startMs) / 1e6 < 1_000);
    assert.equal(await watch.text(), '');
  });
});
