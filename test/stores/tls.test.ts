import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient } from '#kube/api-client.js';
import type { ClusterAccess, Credentials } from '#kube/cluster-access.js';
import { VirtualClock } from '#runtime/virtual-clock.js';

const { signal } = new AbortController();

/** A certificate that vouches for itself, made by openssl. */
function makeCertificate(folder: string, name: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
      ...['-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ],
    { stdio: 'ignore' },
  );
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('ApiClient over TLS', { skip: hasOpenssl() ? false : 'openssl is not here' }, () => {
  let folder: string;
  let url: string;
  let close: () => Promise<void>;
  const file = (name: string) => readFile(join(folder, name), 'utf8');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-tls-'));
    for (const name of ['kube.internal', 'agent']) makeCertificate(folder, name);
    const server = createServer(
      {
        key: await file('kube.internal.key'),
        cert: await file('kube.internal.crt'),
        ca: await file('agent.crt'),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
        response.end(JSON.stringify({ user: subject?.CN ?? 'anonymous' }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => new Promise((resolve) => server.close(() => resolve()));
  });
  after(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  async function ask(credentials: Credentials, access: Partial<ClusterAccess> = {}) {
    const clock = new VirtualClock();
    const given = { server: url, credentials: async () => credentials, ...access };
    const client = new ApiClient({ access: given, clock });
    try {
      return await client.get('/api', { signal });
    } finally {
      client.close();
    }
  }

  it('trusts the authority and the name that the access names, and shows its certificate', async () => {
    const certificateAuthority = await file('kube.internal.crt');
    const access = { serverName: 'kube.internal' };
    assert.deepEqual(await ask({ certificateAuthority }, access), { user: 'anonymous' });
    const clientCertificate = await file('agent.crt');
    const clientKey = await file('agent.key');
    const credentials = { certificateAuthority, clientCertificate, clientKey };
    assert.deepEqual(await ask(credentials, access), { user: 'agent' });
  });

  it('does not talk to a server that it cannot recognise, unless it is told to', async () => {
    const certificateAuthority = await file('kube.internal.crt');
    const unknown = { code: 'unavailable', message: /certificate/i };
    await assert.rejects(ask({}, { serverName: 'kube.internal' }), unknown);
    const wrongName = { code: 'unavailable', message: /altnames/i };
    await assert.rejects(ask({ certificateAuthority }), wrongName);
    assert.deepEqual(await ask({}, { isInsecure: true }), { user: 'anonymous' });
  });
});
