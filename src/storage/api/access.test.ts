import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { withFolder } from '../testing/temporary-folder.ts';
import { PROFILES, profile, ServedApi } from './testing/served-api.ts';
import { TokenFile } from './token-file.ts';

const WRITER = 'a-token-that-may-write';
const READER = 'a-token-that-may-read-only';
const TOKENS = `# who may what\n${WRITER},read-write,alice\n${READER},read-only\n`;

describe('access to the API', () => {
  it('refuses to start where others could reach it, and names what is missing', async () => {
    await withFolder(async (folder) => {
      const files = certificates(folder);
      const tokenFile = write(folder, 'tokens', TOKENS);
      const tls = { cert: files.cert, key: files.key };
      for (const [options, missing] of [
        [{}, /TLS .* and authentication/],
        [{ tls }, /needs authentication \(--token-file or --client-ca\)/],
        [{ access: { tokenFile } }, /needs TLS \(--tls-cert and --tls-key\)/],
      ] as const) {
        for (const address of ['0.0.0.0:0', '[::]:0', 'example.com:80', '10.0.0.1:0']) {
          const failed = ServedApi.start({ address, ...options });
          await assert.rejects(
            failed,
            (error: AgentError) => error.code === 'invalid' && missing.test(error.message),
          );
        }
      }
      for (const tokens of ['', 'short,read-write', `${WRITER},admin`]) {
        const access = { tokenFile: write(folder, 'bad', tokens) };
        await assert.rejects(ServedApi.start({ access }), { code: 'invalid' });
      }
      await assert.rejects(ServedApi.start({ tls: { cert: files.key, key: files.cert } }), {
        code: 'invalid',
      });
      await assert.rejects(ServedApi.start({ address: 'here' }), { code: 'invalid' });
    });
  });

  it('asks for a token where there are tokens, and keeps readers from writing', async () => {
    await withFolder(async (folder) => {
      const api = await ServedApi.start({ access: { tokenFile: write(folder, 'tokens', TOKENS) } });
      const as = (token: string | undefined, method = 'GET') =>
        api.ask(PROFILES, {
          method,
          ...(method === 'POST' && { body: profile('web') }),
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        });
      for (const token of [undefined, 'wrong', `${WRITER}x`, '']) {
        const { code, body, headers } = await as(token);
        assert.deepEqual([code, body.reason], [401, 'Unauthorized']);
        assert.match(String(headers['www-authenticate']), /^Bearer/);
      }
      assert.equal((await as(READER)).code, 200);
      const refused = await as(READER, 'POST');
      assert.deepEqual([refused.code, refused.body.reason], [403, 'Forbidden']);
      assert.equal((await as(WRITER, 'POST')).code, 201);
      assert.equal((await api.ask('/healthz')).code, 200);
      assert.equal((await api.ask('/version')).code, 401);
      await api.stop();
    });
  });

  it('reads tokens again when the file changes, and keeps the old ones when it is broken', async () => {
    await withFolder(async (folder) => {
      const clock = new VirtualClock();
      const path = write(folder, 'tokens', TOKENS);
      const tokens = new TokenFile(path, { clock, log: silentLogger });
      assert.deepEqual(tokens.identify(WRITER), { name: 'alice', role: 'read-write' });
      assert.deepEqual(tokens.identify(READER), { name: 'line-3', role: 'read-only' });
      write(folder, 'tokens', `${READER},read-write\n`);
      assert.equal(tokens.identify(READER)?.role, 'read-only', 'it is looked at once a second');
      await clock.advance(1_000);
      assert.equal(tokens.identify(READER)?.role, 'read-write');
      assert.equal(tokens.identify(WRITER), undefined);
      write(folder, 'tokens', 'broken');
      await clock.advance(1_000);
      assert.equal(tokens.identify(READER)?.role, 'read-write');
    });
  });

  it('knows client certificates by their organisation, and takes new ones without a restart', async () => {
    await withFolder(async (folder) => {
      const files = certificates(folder);
      const clock = new VirtualClock();
      const tls = { cert: files.cert, key: files.key, clientCa: files.ca };
      const tokenFile = write(folder, 'tokens', TOKENS);
      const api = await ServedApi.start({
        address: '127.0.0.1:0',
        tls,
        access: { tokenFile },
        clock,
      });
      const ca = readFileSync(files.ca);
      const as = (
        who: 'reader' | 'writer' | 'stranger' | undefined,
        method = 'GET',
        token?: string,
      ) =>
        askTls(`${api.server.url}${PROFILES}`, {
          ca,
          method,
          ...(token && { headers: { authorization: `Bearer ${token}` } }),
          ...(who && {
            cert: readFileSync(join(folder, `${who}.crt`)),
            key: readFileSync(join(folder, `${who}.key`)),
          }),
        });
      assert.equal((await as(undefined)).code, 401);
      assert.equal((await as('stranger')).code, 401);
      assert.equal((await as(undefined, 'GET', READER)).code, 200);
      assert.equal((await as('reader')).code, 200);
      assert.equal((await as('reader', 'POST')).code, 403);
      assert.equal((await as('writer', 'POST')).code, 422);
      const before = (await as('reader')).fingerprint;
      certificate(folder, 'server', '/CN=127.0.0.1');
      await clock.advance(1_000);
      assert.notEqual((await as('reader')).fingerprint, before);
      writeFileSync(files.cert, 'broken');
      await clock.advance(1_000);
      assert.equal((await as('reader')).code, 200);
      assert.equal(api.logged.at(-1)?.[0], 'certificates cannot be used');
      const closed = api.stop();
      await clock.advance(1_000);
      await closed;
    });
  });

  it('serves a socket for its owner only, and replaces one that was left behind', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'store.sock');
      const address = `unix:${path}`;
      const api = await ServedApi.start({ address });
      assert.equal(api.server.url, address);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(await askSocket(path), 200);
      await assert.rejects(ServedApi.start({ address }), { code: 'unavailable' });
      await api.stop();
      assert.equal(existsSync(path), false);
      write(folder, 'file', '');
      await assert.rejects(ServedApi.start({ address: `unix:${folder}/file` }), {
        code: 'invalid',
      });
      await assert.rejects(ServedApi.start({ address: `unix:${folder}/none/a.sock` }), {
        code: 'not-found',
      });
    });
  });

  it('does nothing for web pages on an address that asks for nothing', async () => {
    const api = await ServedApi.start();
    const origin = await api.ask(PROFILES, { headers: { origin: 'https://example.com' } });
    const rebound = await api.ask(PROFILES, { headers: { host: 'example.com:8080' } });
    assert.deepEqual([origin.code, rebound.code], [403, 403]);
    assert.equal((await api.ask(PROFILES, { headers: { host: 'localhost:1' } })).code, 200);
    await api.stop();
  });

  it('answers 429 when too much is asked at once, and takes up again', async () => {
    const api = await ServedApi.start({ limits: { inFlight: 1, bodiesBytes: 1_000 } });
    const large = await api.create(profile('web', {}, { imageID: 'x'.repeat(2_000) }));
    assert.deepEqual([large.code, large.headers['retry-after']], [429, '1']);
    const { hostname, port } = new URL(api.server.url);
    const slow = httpRequest({
      hostname,
      port,
      path: PROFILES,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 500 },
    });
    slow.on('error', () => {});
    slow.write('{');
    while (api.server.counts.inFlight === 0) await settle();
    assert.equal((await api.ask(PROFILES)).code, 429);
    slow.destroy();
    while (api.server.counts.inFlight > 0) await settle();
    assert.equal((await api.create(profile('web'))).code, 201);
    assert.equal((await api.ask(PROFILES)).code, 200);
    await api.stop();
  });
});

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

function certificates(folder: string) {
  openssl(
    folder,
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=ca',
    '-days',
    '2',
  );
  certificate(folder, 'server', '/CN=127.0.0.1');
  certificate(folder, 'reader', '/O=hullwatch:read-only/CN=bob');
  certificate(folder, 'writer', '/O=other/O=hullwatch:read-write/CN=alice');
  certificate(folder, 'stranger', '/O=other/CN=eve');
  const path = (name: string) => join(folder, name);
  return { ca: path('ca.crt'), cert: path('server.crt'), key: path('server.key') };
}

function certificate(folder: string, name: string, subject: string): void {
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1');
  openssl(
    folder,
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    subject,
  );
  openssl(
    folder,
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-extfile',
    'san',
    '-days',
    '2',
    '-out',
    `${name}.crt`,
  );
}

function askTls(
  url: string,
  options: object,
): Promise<{ readonly code: number; readonly fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        agent: false,
        ...options,
        headers: {
          'content-type': 'application/json',
          ...('headers' in options ? (options.headers as object) : {}),
        },
      },
      (incoming) => {
        const socket = incoming.socket as unknown as {
          getPeerCertificate(): { fingerprint: string };
        };
        const { fingerprint } = socket.getPeerCertificate();
        incoming.resume();
        incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, fingerprint }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end('method' in options && options.method === 'POST' ? '{"metadata":{}}' : undefined);
  });
}

function askSocket(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ socketPath, path: PROFILES, agent: false }, (incoming) => {
      incoming.resume();
      incoming.on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
