import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeDocker, type FakeDockerContainer } from './testing/fake-docker.ts';
import { START_MS, Watching } from './testing/watching.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const IMAGE_ID = `sha256:${'cd'.repeat(32)}`;

async function staged() {
  const fake = await FakeDocker.start();
  const watching = new Watching();
  const put = (fields: Partial<FakeDockerContainer> = {}) => {
    const plain = { id: 'c', pid: 7, startedAtMs: START_MS };
    fake.containers.set(fields.id ?? 'c', { ...plain, ...fields });
  };
  const watch = () => watching.watch({ kind: 'docker', socketPath: fake.socketPath });
  return { fake, watching, put, watch };
}

describe('containers of Docker', () => {
  it('are called by their own name, by what compose calls them, or by their image', async () => {
    const image = 'registry:5000/shop/web:1.2';
    const compose = { 'com.docker.compose.service': 'orders' };
    for (const [fields, workload, container] of [
      [{ name: 'stock', image }, 'stock', 'stock'],
      [{ name: 'eager_hopper3', image }, 'web', 'c'],
      [{ name: 'shop-orders-1', image, labels: compose }, 'orders', 'shop-orders-1'],
      [{ name: 'Shop.Db', image }, 'shop.db', 'shop.db'],
    ] as const) {
      const { fake, watching, put, watch } = await staged();
      await using _fake = fake;
      await using _watching = watching;
      put(fields);
      watch();
      await watching.has('+c:7');
      const found = watching.container('+c:7');
      assert.deepEqual(
        [found.instanceId.name, found.instanceId.containerName],
        [workload, container],
      );
      assert.deepEqual([found.namespace, found.image], ['containerd-moby', image]);
      assert.deepEqual(found.labels, 'labels' in fields ? fields.labels : {});
    }
  });

  it('have the digest of their image, and its name where they were made from its id', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    fake.images.set(IMAGE_ID, {
      Id: IMAGE_ID,
      RepoTags: ['shop/web:1'],
      RepoDigests: [`shop/web@${DIGEST}`],
    });
    fake.images.set('sha256:local', { Id: IMAGE_ID, RepoTags: [], RepoDigests: [] });
    put({ image: IMAGE_ID, imageId: IMAGE_ID });
    put({ id: 'd', pid: 8, image: 'local:1', imageId: 'sha256:local' });
    put({ id: 'e', pid: 9, image: 'gone:1', imageId: 'sha256:gone' });
    watch();
    for (const [line, image, digest] of [
      ['+c:7', 'shop/web:1', DIGEST],
      ['+d:8', 'local:1', IMAGE_ID],
      ['+e:9', 'gone:1', ''],
    ] as const) {
      await watching.has(line);
      const found = watching.container(line);
      assert.deepEqual([found.image, found.imageDigest], [image, digest]);
    }
  });

  it('are known by their pod where cri-dockerd made them', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    const pod = {
      'io.kubernetes.pod.name': 'web-5d7c9-x2k4f',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'u',
    };
    const own = { 'io.kubernetes.container.name': 'POD', 'annotation.kubernetes.io/x': 'y' };
    const type = 'io.kubernetes.docker.type';
    put({ id: 's', pid: 6, labels: { ...pod, ...own, [type]: 'podsandbox', app: 'web' } });
    const ofSandbox = { 'io.kubernetes.sandbox.id': 's', 'io.kubernetes.container.name': 'nginx' };
    put({ name: 'k8s_nginx_web', labels: { ...pod, ...ofSandbox, [type]: 'container' } });
    watch();
    await watching.has('+c:7');
    await watching.has('+s:6');
    const { pod: found, name, kind } = watching.container('+c:7');
    assert.deepEqual([found?.labels, name, kind], [{ app: 'web' }, 'nginx', 'container']);
    assert.equal(watching.container('+s:6').kind, 'sandbox');
  });

  it('begin a new life when they are started again, whether that was told or not', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    put();
    watch();
    await watching.has('+c:7');
    fake.tell('die', 'c', { exitCode: '9' });
    put({ pid: 8, startedAtMs: START_MS + 1 });
    fake.tell('start', 'c');
    await watching.has('+c:8');
    // What was told of the second life is looked at before the third one begins.
    await watching.clock.advance(1_000);
    fake.dropStreams();
    put({ pid: 9, startedAtMs: START_MS + 2 });
    await watching.has('+c:9');
    assert.deepEqual(watching.lines, ['+c:7', '-c 9', '+c:8', '-c unknown', '+c:9']);
  });

  it('do not run while Docker waits to start them again', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    put();
    watch();
    await watching.has('+c:7');
    put({ state: 'restarting', finishedAtMs: START_MS + 5, exitCode: 1 });
    fake.tell('die', 'c', { exitCode: '1' });
    await watching.has('-c 1');
    put({ pid: 8, startedAtMs: START_MS + 9 });
    fake.tell('start', 'c');
    await watching.has('+c:8');
    assert.deepEqual(watching.lines, ['+c:7', '-c 1', '+c:8']);
  });

  it('are told of although events come in pieces, and beside some that cannot be read', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    put();
    watch();
    await watching.has('+c:7');
    put({ id: 'd', pid: 8 });
    const event = JSON.stringify({ Action: 'start', Actor: { ID: 'd' }, time: 1 });
    fake.tellText(`no json\n{"Action":7}\n[]\n\n${event.slice(0, 10)}`);
    await watching.clock.advance(10);
    fake.tellText(`${event.slice(10)}\n`);
    await watching.has('+d:8');
    assert.ok(watching.clock.now() - START_MS < 5_000, 'it waited for a list');
  });

  it('are told of however long there was nothing to tell', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    put();
    watch();
    await watching.has('+c:7');
    await watching.clock.advance(20_000);
    put({ id: 'd', pid: 8 });
    fake.tell('start', 'd');
    await watching.has('+d:8');
    assert.ok(watching.clock.now() - START_MS < 40_000, 'it waited for a list');
    assert.deepEqual(watching.health.conditions(), []);
  });

  it('are watched once Docker answers, and until then the health says that it does not', async () => {
    const { fake, watching, put, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    let asked = 0;
    fake.before = (path) => {
      if (path === '/events') asked += 1;
      return path === '/events' ? new Promise(() => {}) : undefined;
    };
    put();
    watch();
    await watching.until(() => watching.health.conditions().length > 0, 'the condition');
    const [condition] = watching.health.conditions();
    assert.match(condition?.message ?? '', /docker: GET \/events.* took longer than 5000 ms/);
    await watching.until(() => asked > 2, 'it is asked again and again');
    await watching.until(() => fake.connections <= 1, 'what is not waited for any more is closed');
    fake.before = () => {};
    await watching.has('+c:7');
    assert.deepEqual(watching.health.conditions(), []);
  });

  it('are not watched at all where the answers are no answers, and the health says so', async () => {
    const { fake, watching, watch } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    fake.before = (path) => {
      if (path === '/containers/json') throw { statusCode: 403, message: 'not you' };
    };
    watch();
    await watching.until(() => watching.health.conditions().length > 0, 'the condition');
    assert.match(watching.health.conditions()[0]?.message ?? '', /docker.*403.*not you/s);
  });
});
