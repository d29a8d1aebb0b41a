import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { HttpServer } from './http-server.ts';
import { ask } from './testing/ask.ts';
import { observing, VIEWS } from './testing/observed-containers.ts';

describe('the HTTP port on a unix socket', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-socket-'));
    path = join(folder, 'a.sock');
  });
  const opened: HttpServer[] = [];
  afterEach(async () => {
    for (const server of opened.splice(0)) await server.close();
    rmSync(folder, { recursive: true });
  });

  async function listen(): Promise<HttpServer> {
    const server = await HttpServer.listen(`unix:${path}`, observing());
    opened.push(server);
    return server;
  }

  it('answers as on TCP, for its owner only, and takes its file away at the end', async () => {
    const umask = process.umask();
    const server = await listen();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(process.umask(), umask);
    assert.deepEqual([server.url, server.isLocal], [`unix:${path}`, true]);
    const { status, body } = await ask(server.url, '/api/v1/containers/5d01c');
    assert.deepEqual([status, JSON.parse(body).containerId], [200, VIEWS.learned.containerId]);
    await server.close();
    assert.equal(existsSync(path), false);
  });

  it('takes the place of a socket whose process died', async () => {
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.stdout.write('x'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(existsSync(path), 'the dead process should have left its socket');
    const server = await listen();
    assert.equal((await ask(server.url, '/healthz')).status, 200);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('leaves the socket of a living process alone', async () => {
    const first = await listen();
    await assert.rejects(listen(), {
      code: 'unavailable',
      message: `http: a running process listens on ${path} already; is there another agent?`,
    });
    assert.equal((await ask(first.url, '/healthz')).status, 200);
  });

  it('can be opened again after it was closed', async () => {
    await (await listen()).close();
    await (await listen()).close();
  });

  it('does not remove what is no socket', async () => {
    writeFileSync(path, 'mine');
    await assert.rejects(listen(), {
      code: 'invalid',
      message: `http: ${path} is there already and is not a socket`,
    });
    rmSync(path);
    symlinkSync(join(folder, 'elsewhere'), path);
    await assert.rejects(listen(), { code: 'invalid' });
  });

  it('names the folder that is missing', async () => {
    const address = `unix:${folder}/run/hullwatch/a.sock`;
    await assert.rejects(HttpServer.listen(address, observing()), {
      code: 'not-found',
      message: `http: there is no folder ${folder}/run/hullwatch for the socket; make it, for example with "mkdir -p ${folder}/run/hullwatch"`,
    });
  });
});
