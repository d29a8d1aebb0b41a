import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { inClusterAccess } from './in-cluster-access.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

const { signal } = new AbortController();
const PEM = '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n';
const PEM_DATA = Buffer.from(PEM).toString('base64');

let folder: string;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hullwatch-kubeconfig-'));
  clock = new VirtualClock(1_769_860_800_000);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: string;
}

async function access({ cluster, user, context }: Parts = {}) {
  const file = join(folder, 'config');
  const config = {
    'current-context': 'main',
    contexts: [
      { name: 'broken' },
      { name: 'main', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
    ],
    clusters: [{ name: 'c', cluster: { server: 'https://kube:6443/', ...cluster } }],
    users: [{ name: 'u', user: { ...user } }],
  };
  await writeFile(file, JSON.stringify(config));
  return kubeconfigAccess({
    file,
    clock,
    environment: { PATH: '/usr/bin:/bin' },
    ...(context && { context }),
  });
}

describe('kubeconfigAccess', () => {
  it('reads the server, and what its certificate is checked by', async () => {
    const made = await access({
      cluster: {
        'certificate-authority-data': PEM_DATA,
        'tls-server-name': 'kube.internal',
        'insecure-skip-tls-verify': true,
      },
    });
    assert.equal(made.server, 'https://kube:6443');
    assert.equal(made.serverName, 'kube.internal');
    assert.equal(made.isInsecure, true);
    assert.equal(made.namespace, 'shop');
    assert.deepEqual(await made.credentials({ signal }), { certificateAuthority: PEM });
  });

  it('reads certificates, as data and as files beside it', async () => {
    await writeFile(join(folder, 'key.pem'), 'the key');
    const made = await access({
      user: { 'client-certificate-data': PEM_DATA, 'client-key': 'key.pem' },
    });
    assert.deepEqual(await made.credentials({ signal }), {
      clientCertificate: PEM,
      clientKey: 'the key',
    });
  });

  it('takes tokens and passwords', async () => {
    const token = await access({ user: { token: 'abc' } });
    assert.deepEqual(await token.credentials({ signal }), { authorization: 'Bearer abc' });
    const password = await access({ user: { username: 'me', password: 'ü' } });
    const basic = `Basic ${Buffer.from('me:ü').toString('base64')}`;
    assert.deepEqual(await password.credentials({ signal }), { authorization: basic });
  });

  it('reads a token file again after a minute, at a 401, and keeps it when it is gone', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'one\n');
    const made = await access({ user: { tokenFile: 'token', token: 'never' } });
    const token = async (refused?: object) =>
      (await made.credentials({ signal, ...(refused && { refused }) })).authorization;
    assert.equal(await token(), 'Bearer one');
    await writeFile(file, 'two\n');
    assert.equal(await token(), 'Bearer one');
    await clock.advance(60_000);
    assert.equal(await token(), 'Bearer two');
    await writeFile(file, 'three\n');
    assert.equal(await token({}), 'Bearer three');
    await rm(file);
    await clock.advance(60_000);
    assert.equal(await token(), 'Bearer three');
  });

  for (const [what, parts, message] of [
    ['an unknown context', { context: 'x' }, /config: contexts: expected one named "x"/],
    [
      'a broken context',
      { context: 'broken' },
      /config: contexts\[0\]\.context\.cluster: expected a value, got nothing/,
    ],
    [
      'a proxy',
      { cluster: { 'proxy-url': 'http://p' } },
      /clusters\[0\]\.cluster\.proxy-url: proxies are not supported/,
    ],
    ['a wrong type', { user: { token: 5 } }, /users\[0\]\.user\.token: expected a text, got 5/],
    [
      'data that is no PEM',
      { cluster: { 'certificate-authority-data': 'AAAA' } },
      /clusters\[0\]\.cluster\.certificate-authority-data: expected PEM in base64/,
    ],
    [
      'an auth provider',
      { user: { 'auth-provider': { name: 'gcp' } } },
      /users\[0\]\.user\.auth-provider: expected an exec plugin/,
    ],
    [
      'an exec plugin of an unknown version',
      { user: { exec: { apiVersion: 'v0', command: 'x' } } },
      /users\[0\]\.user\.exec\.apiVersion: expected/,
    ],
  ] as const) {
    it(`refuses ${what}, naming file and field`, async () => {
      await assert.rejects(access(parts), { code: 'invalid', message });
    });
  }

  it('says not-found for a file that is not there, and where one is not YAML', async () => {
    const options = { clock, environment: {} };
    const missing = kubeconfigAccess({ ...options, file: join(folder, 'none') });
    await assert.rejects(missing, { code: 'not-found', message: /none/ });
    const file = join(folder, 'bad');
    await writeFile(file, 'a: b\nc: [');
    await assert.rejects(kubeconfigAccess({ ...options, file }), {
      code: 'invalid',
      message: /bad:\d: expected YAML or JSON/,
    });
  });
});

describe('exec plugins', () => {
  const API = 'client.authentication.k8s.io/v1';
  const runs = async () => (await readFile(join(folder, 'runs'), 'utf8')).trim().split('\n');

  /** A plugin that counts its runs and prints an ExecCredential. */
  async function plugin(status: string, apiVersion = API) {
    const answer = `{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":${status}}`;
    const script = `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO $EXTRA $1" >> "${folder}/runs"\necho '${answer}'\n`;
    await writeFile(join(folder, 'plugin'), script);
    await chmod(join(folder, 'plugin'), 0o755);
    return access({
      user: {
        exec: {
          apiVersion: API,
          command: './plugin',
          args: ['argument'],
          env: [{ name: 'EXTRA', value: 'extra' }],
          interactiveMode: 'IfAvailable',
          installHint: 'install it',
        },
      },
    });
  }

  it('runs once for all who ask, and again when the credentials end', async () => {
    const made = await plugin('{"token":"t","expirationTimestamp":"2026-01-31T12:10:00Z"}');
    const ask = (refused?: object) => made.credentials({ signal, ...(refused && { refused }) });
    const [first] = await Promise.all([ask(), ask(), ask()]);
    assert.deepEqual(first, { authorization: 'Bearer t' });
    assert.equal((await runs()).length, 1);
    assert.match((await runs())[0] ?? '', /^\{"kind":"ExecCredential".* extra argument$/);
    await clock.advance(599_000);
    await ask();
    assert.equal((await runs()).length, 1);
    await clock.advance(1_000);
    await ask();
    assert.equal((await runs()).length, 2);
  });

  it('runs again when the credentials are refused, not when older ones were', async () => {
    const made = await plugin('{"token":"t"}');
    const ask = (refused?: object) => made.credentials({ signal, ...(refused && { refused }) });
    await ask();
    await ask({ authorization: 'Bearer older' });
    await clock.advance(86_400_000);
    await ask();
    assert.equal((await runs()).length, 1);
    await ask({ authorization: 'Bearer t' });
    assert.equal((await runs()).length, 2);
  });

  it('gives certificates', async () => {
    const made = await plugin('{"clientCertificateData":"c","clientKeyData":"k"}');
    const expected = { clientCertificate: 'c', clientKey: 'k' };
    assert.deepEqual(await made.credentials({ signal }), expected);
  });

  it('says what is wrong with a plugin or its answer', async () => {
    const empty = await plugin('{}');
    await assert.rejects(empty.credentials({ signal }), {
      code: 'invalid',
      message: /users\[0\]\.user\.exec\.command \.\/plugin: its answer: status: expected a token/,
    });
    const other = await plugin('{"token":"t"}', 'client.authentication.k8s.io/v1beta1');
    await assert.rejects(other.credentials({ signal }), { message: /apiVersion: expected/ });
    await writeFile(join(folder, 'plugin'), '#!/bin/sh\necho no luck >&2\nexit 3\n');
    await assert.rejects(empty.credentials({ signal }), {
      code: 'unavailable',
      message: /no luck; install it/,
    });
    await rm(join(folder, 'plugin'));
    await assert.rejects(empty.credentials({ signal }), {
      code: 'unavailable',
      message: /install it/,
    });
  });
});

describe('inClusterAccess', () => {
  const options = (overrides: object = {}) => ({
    host: '10.0.0.1',
    port: '443',
    clock,
    folder,
    ...overrides,
  });

  it('uses the mounted files, and reads a renewed token', async () => {
    await writeFile(join(folder, 'token'), 'one');
    await writeFile(join(folder, 'ca.crt'), PEM);
    await writeFile(join(folder, 'namespace'), 'hullwatch\n');
    const made = await inClusterAccess(options());
    assert.equal(made.server, 'https://10.0.0.1:443');
    assert.equal(made.namespace, 'hullwatch');
    assert.equal((await made.credentials({ signal })).authorization, 'Bearer one');
    assert.equal((await made.credentials({ signal })).certificateAuthority, PEM.trim());
    await writeFile(join(folder, 'token'), 'two');
    const refused = { authorization: 'Bearer one' };
    assert.equal((await made.credentials({ signal, refused })).authorization, 'Bearer two');
    assert.equal(
      (await inClusterAccess(options({ host: 'fd00::1' }))).server,
      'https://[fd00::1]:443',
    );
  });

  it('refuses to be used outside of a pod', async () => {
    await assert.rejects(inClusterAccess(options({ host: undefined })), { code: 'invalid' });
    await assert.rejects(inClusterAccess(options()), {
      code: 'unavailable',
      message: /service account: .*token/,
    });
  });
});
