import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type NameOptions, runName } from './name.ts';

const POD = `
apiVersion: v1
kind: Pod
metadata:
  name: nginx-84f5585d68-42mxd
  namespace: default
  labels: { pod-template-hash: 84f5585d68 }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: nginx-84f5585d68 }]
spec:
  initContainers: [{ name: bla }]
  containers: [{ name: nginx }]
`;
const BARE = `
apiVersion: v1
kind: Pod
metadata: { name: nginx }
spec: { containers: [{ name: nginx }] }
`;

async function run(input: string, options: Partial<NameOptions> = {}) {
  let [text, told] = ['', ''];
  const exitCode = await runName({
    manifests: ['-'],
    output: 'text',
    write: (written) => {
      text += written;
    },
    writeError: (written) => {
      told += written;
    },
    readInput: async () => input,
    ...options,
  });
  return { exitCode, text, told };
}

describe('hullwatch name', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-name-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('prints one aligned line a container', async () => {
    const { exitCode, text, told } = await run(POD);
    assert.equal(exitCode, 0);
    assert.equal(told, '');
    const [head = '', nginx = '', bla = '', ...rest] = text.split('\n');
    assert.deepEqual(rest, ['']);
    assert.equal(head.indexOf('PROFILE'), nginx.indexOf('replicaset-'));
    assert.equal(head.indexOf('INSTANCE ID'), bla.indexOf('apiVersion-'));
    assert.deepEqual(nginx.split(/ +/), [
      'nginx',
      'containers',
      'replicaset-nginx-84f5585d68-nginx-5736-6feb',
      'replicaset-nginx-84f5585d68',
      'ug-replicaset-nginx-84f5585d68',
      '57366ade3da2e7ba01f8b78251cb57bd70840939f4f207da91cb092b30c06feb',
      'apiVersion-apps/v1/namespace-default/kind-ReplicaSet/name-nginx-84f5585d68/containerName-nginx',
    ]);
    assert.match(bla, /^bla +initContainers +replicaset-nginx-84f5585d68-bla-c2db-8092 /);
  });

  it('prints JSON, from files too', async () => {
    const file = join(folder, 'pod.yaml');
    await writeFile(file, BARE);
    const { exitCode, text } = await run('', { manifests: [file], output: 'json' });
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(text), [
      {
        source: file,
        container: 'nginx',
        type: 'containers',
        profile: 'pod-nginx-nginx-1ba5-4aaf',
        workload: 'pod-nginx',
        userManaged: 'ug-pod-nginx',
        hash: '1ba506b28f9ee9c7e8a0c98840fe5a1fe21142d225ecc526fbb535d0d6344aaf',
        instanceId: 'apiVersion-v1/namespace-default/kind-Pod/name-nginx/containerName-nginx',
      },
    ]);
  });

  it('takes the namespace it is given where a manifest has none', async () => {
    assert.match((await run(BARE, { namespace: 'shop' })).text, /namespace-shop/);
    assert.match((await run(POD, { namespace: 'shop' })).text, /namespace-default/);
  });

  it('names what could not be used, prints the rest, and fails', async () => {
    const { exitCode, text, told } = await run(
      `${BARE}---\nb: [1\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {}\n---\n${BARE.replaceAll('nginx', 'my_app')}`,
    );
    assert.equal(exitCode, 2);
    assert.match(text, /pod-nginx-nginx-1ba5-4aaf/);
    const [yaml, spec, name] = told.split('\n');
    assert.match(yaml ?? '', /^standard input:\d+: expected YAML or JSON/);
    assert.match(
      spec ?? '',
      /^standard input, document 3: spec\.containers: expected at least one/,
    );
    assert.match(name ?? '', /^standard input, document 4: name "Pod-my_app": expected letters/);
  });

  it('leaves out what has no containers and says so', async () => {
    const { exitCode, told } = await run(`kind: Service\n---\n${BARE}`);
    assert.equal(exitCode, 0);
    assert.match(told, /document 1: left out, a Service has no containers/);
  });

  it('fails when there was nothing to name', async () => {
    assert.deepEqual(await run('', { output: 'json' }), {
      exitCode: 2,
      text: '[]\n',
      told: 'no container in any manifest\n',
    });
    assert.equal((await run('', { manifests: [join(folder, 'missing')] })).exitCode, 2);
  });
});
