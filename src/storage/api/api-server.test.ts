import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ALL_PROFILES, PROFILES, profile, ServedApi } from './testing/served-api.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

describe('ApiServer, reading', () => {
  let api: ServedApi;
  before(async () => {
    api = await ServedApi.start();
    for (const n of [1, 2, 3, 4, 5]) {
      await api.create(profile(`web-${n}`, { labels: { app: n % 2 ? 'odd' : 'even' } }));
    }
  });
  after(() => api.stop());

  const names = (body: { items: { metadata: { name: string } }[] }) =>
    body.items.map(({ metadata }) => metadata.name);

  it('gives an object as it was stored, with what the server says of it', async () => {
    const { code, body } = await api.ask(`${PROFILES}/web-1`);
    assert.equal(code, 200);
    assert.equal(body.kind, 'ContainerProfile');
    assert.deepEqual(body.spec, profile('web-1').spec);
    assert.equal(body.metadata.resourceVersion, '1');
    assert.match(body.metadata.uid, /^[0-9a-f-]{36}$/);
    assert.match(body.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
  });

  it('says what is not there with a Status', async () => {
    const { code, body } = await api.ask(`${PROFILES}/none`);
    assert.equal(code, 404);
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'containerprofiles.spdx.softwarecomposition.kubescape.io "none" not found',
      reason: 'NotFound',
      details: {
        name: 'none',
        group: 'spdx.softwarecomposition.kubescape.io',
        kind: 'containerprofiles',
      },
      code: 404,
    });
    for (const path of [
      '/apis/spdx.softwarecomposition.kubescape.io/v1/x',
      '/apis/a/b/c',
      '/nothing',
      '/api/v1/pods',
    ]) {
      const unknown = await api.ask(path);
      assert.deepEqual([unknown.code, unknown.body.reason], [404, 'NotFound'], path);
    }
  });

  it('lists a namespace, all namespaces and none of another', async () => {
    for (const [path, count] of [
      [PROFILES, 5],
      [ALL_PROFILES, 5],
      [PROFILES.replace('shop', 'other'), 0],
    ] as const) {
      const { body } = await api.ask(path);
      assert.equal(body.kind, 'ContainerProfileList');
      assert.equal(body.items.length, count);
      assert.equal(body.metadata.resourceVersion, '5');
    }
  });

  it('pages through one version while others write', async () => {
    const first = await api.ask(`${PROFILES}?limit=2`);
    assert.deepEqual(names(first.body), ['web-1', 'web-2']);
    assert.equal(first.body.metadata.remainingItemCount, 3);
    const created = await api.create(profile('web-3a'));
    const second = await api.ask(`${PROFILES}?limit=2&continue=${first.body.metadata.continue}`);
    assert.deepEqual(names(second.body), ['web-3', 'web-4']);
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
    const last = await api.ask(`${PROFILES}?limit=2&continue=${second.body.metadata.continue}`);
    assert.deepEqual(names(last.body), ['web-5']);
    assert.equal(last.body.metadata.continue, undefined);
    assert.equal(created.code, 201);
    await api.ask(`${PROFILES}/web-3a`, { method: 'DELETE' });
  });

  it('selects by labels and names, and says how much is left only without a selector', async () => {
    for (const [selector, expected] of [
      ['labelSelector=app=odd', ['web-1', 'web-3', 'web-5']],
      ['labelSelector=app!=odd', ['web-2', 'web-4']],
      ['labelSelector=app%20in%20(even,none)', ['web-2', 'web-4']],
      ['labelSelector=!app', []],
      ['fieldSelector=metadata.name=web-4', ['web-4']],
      ['fieldSelector=metadata.name!=web-4&labelSelector=app=even', ['web-2']],
    ] as const) {
      assert.deepEqual(names((await api.ask(`${PROFILES}?${selector}`)).body), expected, selector);
    }
    const { body } = await api.ask(`${PROFILES}?labelSelector=app=odd&limit=2`);
    assert.deepEqual(names(body), ['web-1', 'web-3']);
    assert.equal(body.items[0].spec.execs[0].path, '/bin/date');
    assert.equal(body.metadata.remainingItemCount, undefined);
    const rest = await api.ask(
      `${PROFILES}?labelSelector=app=odd&limit=2&continue=${body.metadata.continue}`,
    );
    assert.deepEqual(names(rest.body), ['web-5']);
  });

  it('gives metadata alone and tables to who prefers them', async () => {
    const partial = (await api.ask(PROFILES, { accept: PARTIAL })).body;
    assert.equal(partial.kind, 'PartialObjectMetadataList');
    assert.deepEqual(Object.keys(partial.items[0]), ['kind', 'apiVersion', 'metadata']);
    const table = (await api.ask(PROFILES, { accept: TABLE })).body;
    assert.equal(table.kind, 'Table');
    assert.equal(table.rows[0].cells[0], 'web-1');
    assert.equal(table.rows[0].object.kind, 'PartialObjectMetadata');
    assert.equal(table.rows[0].cells.length, table.columnDefinitions.length);
    const one = (await api.ask(`${PROFILES}/web-2?includeObject=Object`, { accept: TABLE })).body;
    assert.equal(one.rows[0].object.spec.execs[0].path, '/bin/date');
    assert.equal(
      (await api.ask(PROFILES, { accept: 'application/vnd.kubernetes.protobuf' })).code,
      406,
    );
    assert.equal(
      (await api.ask(PROFILES, { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' }))
        .code,
      406,
    );
  });

  it('keeps the rules of versions', async () => {
    const latest = Number((await api.ask(PROFILES)).body.metadata.resourceVersion);
    for (const [query, code, reason] of [
      ['resourceVersion=0', 200, undefined],
      ['resourceVersion=3', 200, undefined],
      ['resourceVersion=3&resourceVersionMatch=NotOlderThan', 200, undefined],
      [`resourceVersion=${latest + 9}`, 504, 'Timeout'],
      [`resourceVersion=${latest + 9}&resourceVersionMatch=Exact`, 504, 'Timeout'],
      ['resourceVersion=x', 400, 'BadRequest'],
      ['resourceVersion=-1', 400, 'BadRequest'],
      ['resourceVersionMatch=Exact', 422, 'Invalid'],
      ['resourceVersion=0&resourceVersionMatch=Exact', 422, 'Invalid'],
      ['resourceVersion=3&resourceVersionMatch=Nearly', 422, 'Invalid'],
      ['sendInitialEvents=true', 422, 'Invalid'],
      ['watch=true&sendInitialEvents=true', 422, 'Invalid'],
      ['watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=3', 422, 'Invalid'],
      ['limit=x', 400, 'BadRequest'],
      ['continue=abc', 400, 'BadRequest'],
      ['labelSelector=a%20b', 400, 'BadRequest'],
      ['fieldSelector=spec.x=1', 400, 'BadRequest'],
      ['includeObject=All', 422, 'Invalid'],
      ['watch=maybe', 400, 'BadRequest'],
    ] as const) {
      const answer = await api.ask(`${PROFILES}?${query}`);
      assert.deepEqual([answer.code, answer.body.reason], [code, reason], query);
    }
    const exact = await api.ask(`${PROFILES}?resourceVersion=3&resourceVersionMatch=Exact`);
    assert.deepEqual(names(exact.body), ['web-1', 'web-2', 'web-3']);
    const tooNew = await api.ask(`${PROFILES}?resourceVersion=999`);
    assert.equal(tooNew.body.details.causes[0].reason, 'ResourceVersionTooLarge');
    assert.equal(tooNew.headers['retry-after'], '1');
  });

  it('reads lists in pages that are joined without a seam', async () => {
    const many = await ServedApi.start();
    try {
      for (let n = 0; n < 60; n += 1)
        await many.create(
          profile(`p-${String(n).padStart(3, '0')}`, { labels: { third: String(n % 3) } }),
        );
      assert.equal(new Set(names((await many.ask(PROFILES)).body)).size, 60);
      assert.equal(names((await many.ask(`${PROFILES}?labelSelector=third=1`)).body).length, 20);
    } finally {
      await many.stop();
    }
  });

  it('answers HEAD without a body and refuses other methods', async () => {
    for (const path of [PROFILES, `${PROFILES}/web-1`, '/version']) {
      const head = await api.ask(path, { method: 'HEAD' });
      assert.deepEqual([head.code, head.text], [200, ''], path);
    }
    for (const [method, path] of [
      ['OPTIONS', PROFILES],
      ['PUT', PROFILES],
      ['POST', `${PROFILES}/web-1`],
      ['POST', ALL_PROFILES],
      ['DELETE', '/version'],
    ] as const) {
      const { code, headers, body } = await api.ask(path, { method });
      assert.deepEqual([code, body.reason], [405, 'MethodNotAllowed'], `${method} ${path}`);
      assert.ok(headers['allow']);
    }
  });

  it('takes hostile paths for what they are', async () => {
    for (const [path, code] of [
      [`${PROFILES}/%zz`, 400],
      [`${PROFILES}/..%2f..%2fetc%2fpasswd`, 404],
      [`${PROFILES}/%00`, 404],
      ['/apis/../../etc/passwd', 404],
      [`${PROFILES}/a/b/c`, 404],
      [`${PROFILES}/`, 404],
      [`${PROFILES}//`, 404],
      ['/apis/', 200],
      [`/${'x'.repeat(5_000)}`, 404],
    ] as const) {
      assert.equal((await api.ask(path)).code, code, path.slice(0, 60));
    }
  });
});

describe('ApiServer, writing', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await ServedApi.start({ limits: { bodyBytes: 20_000 } });
  });
  afterEach(() => api.stop());

  it('creates once', async () => {
    assert.equal((await api.create(profile('web'))).code, 201);
    const again = await api.create(profile('web'));
    assert.deepEqual([again.code, again.body.reason], [409, 'AlreadyExists']);
  });

  it('writes nothing when it cannot answer as it was asked to', async () => {
    const asked = { method: 'POST', body: profile('web') };
    assert.equal((await api.ask(PROFILES, { ...asked, accept: 'text/html' })).code, 406);
    assert.equal((await api.ask(`${PROFILES}?includeObject=x`, asked)).code, 422);
    assert.equal((await api.ask(`${PROFILES}/web`)).code, 404);
  });

  it('makes names, takes YAML, and leaves nothing behind after a dry run', async () => {
    const generated = await api.create(profile('', { generateName: 'web-' }));
    assert.match(generated.body.metadata.name, /^web-[a-z0-9]{5}$/);
    const yaml = 'metadata: {name: y, creationTimestamp: null}\nspec: {execs: [{path: /a}]}\n';
    assert.equal(
      (await api.ask(PROFILES, { method: 'POST', type: 'application/yaml', body: yaml })).code,
      201,
    );
    const dry = await api.create(profile('dry'), '?dryRun=All');
    assert.deepEqual([dry.code, dry.body.metadata.resourceVersion], [201, undefined]);
    assert.equal((await api.ask(`${PROFILES}/dry`)).code, 404);
    assert.equal((await api.create(profile('dry'), '?dryRun=Some')).code, 422);
  });

  it('refuses what the schema does not take, and names the field', async () => {
    const { code, body } = await api.create(profile('web', {}, { execs: [{ path: 7 }] }));
    assert.deepEqual([code, body.reason], [422, 'Invalid']);
    assert.equal(body.details.causes[0].field, 'spec.execs[0].path');
    assert.match(
      body.message,
      /^ContainerProfile\.spdx\.softwarecomposition\.kubescape\.io "web" is invalid: spec\.execs\[0\]\.path: /,
    );
    const nameless = await api.create(profile(''));
    assert.equal(nameless.code, 422);
    assert.equal(nameless.body.details.causes[0].field, 'metadata.name');
  });

  it('refuses objects for another place', async () => {
    for (const object of [
      { ...profile('a'), kind: 'Pod' },
      { ...profile('a'), apiVersion: 'v1' },
      profile('a', { namespace: 'other' }),
      profile('a', { resourceVersion: '7' }),
      [],
      'text',
      null,
    ]) {
      assert.equal((await api.create(object)).code, 400, JSON.stringify(object));
    }
  });

  it('warns of unknown fields, refuses them when told to, or keeps silent', async () => {
    const odd = profile('odd', {}, { unheardOf: 1 });
    assert.equal((await api.create(odd, '?fieldValidation=Strict')).code, 400);
    const warned = await api.create(odd, '?dryRun=All');
    assert.match(
      String(warned.headers['warning']),
      /^299 - "unknown field \\"spec\.unheardOf\\""$/,
    );
    assert.equal((await api.create(odd, '?fieldValidation=Ignore')).headers['warning'], undefined);
    assert.equal((await api.create(odd, '?fieldValidation=Perhaps')).code, 422);
  });

  it('replaces what was read, and nothing newer', async () => {
    const { body: first } = await api.create(profile('web'));
    const put = (object: object) => api.ask(`${PROFILES}/web`, { method: 'PUT', body: object });
    const second = await put({ ...first, spec: { execs: [{ path: '/b' }] } });
    assert.deepEqual([second.code, second.body.metadata.resourceVersion], [200, '2']);
    assert.equal(second.body.metadata.uid, first.metadata.uid);
    const stale = await put(first);
    assert.deepEqual([stale.code, stale.body.reason], [409, 'Conflict']);
    assert.equal((await put(profile('other'))).code, 400);
    assert.equal((await put(profile('web', { uid: 'another' }))).code, 409);
    assert.equal(
      (await api.ask(`${PROFILES}/none`, { method: 'PUT', body: profile('none') })).code,
      404,
    );
  });

  it('patches as JSON patch and JSON merge patch say, and names both to others', async () => {
    await api.create(profile('web', { labels: { a: '1', b: '2' } }));
    const merged = await api.patch('web', { metadata: { labels: { a: null, c: '3' } } });
    assert.deepEqual(merged.body.metadata.labels, { b: '2', c: '3' });
    const json = 'application/json-patch+json';
    const patched = await api.patch(
      'web',
      [
        { op: 'test', path: '/spec/execs/0/path', value: '/bin/date' },
        { op: 'add', path: '/spec/execs/-', value: { path: '/x' } },
      ],
      json,
    );
    assert.deepEqual(
      patched.body.spec.execs.map((each: { path: string }) => each.path),
      ['/bin/date', '/x'],
    );
    for (const [patch, type, code] of [
      [[{ op: 'test', path: '/spec/execs/0/path', value: 'no' }], json, 422],
      [[{ op: 'remove', path: '/spec/none' }], json, 422],
      [[{ op: 'jump' }], json, 400],
      [{}, json, 400],
      ['{', json, 400],
      [{ spec: { execs: [{ path: 7 }] } }, 'application/merge-patch+json', 422],
      [{ metadata: { name: 'other' } }, 'application/merge-patch+json', 400],
      [{ metadata: { resourceVersion: '1' } }, 'application/merge-patch+json', 409],
      ['[]', 'application/merge-patch+json', 400],
      [{}, 'application/strategic-merge-patch+json', 415],
      [{}, 'application/apply-patch+yaml', 415],
    ] as const) {
      const { code: got, text } = await api.patch('web', patch, type);
      assert.equal(got, code, `${JSON.stringify(patch)} ${text}`);
    }
    assert.equal((await api.patch('none', {})).code, 404);
    const before = (await api.ask(`${PROFILES}/web`)).body.metadata.resourceVersion;
    assert.equal((await api.patch('web', {})).body.metadata.resourceVersion, before);
  });

  it('deletes when the preconditions hold, and tells what went', async () => {
    const { body } = await api.create(profile('web'));
    const remove = (options?: object, query = '') =>
      api.ask(`${PROFILES}/web${query}`, { method: 'DELETE', body: options });
    assert.equal((await remove({ preconditions: { uid: 'x' } })).code, 409);
    assert.equal((await remove({ preconditions: { resourceVersion: '99' } })).code, 409);
    assert.equal((await remove(undefined, '?dryRun=All')).code, 200);
    const gone = await remove({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      gracePeriodSeconds: 0,
      preconditions: { uid: body.metadata.uid },
    });
    assert.deepEqual(
      [gone.code, gone.body.status, gone.body.details.uid],
      [200, 'Success', body.metadata.uid],
    );
    assert.equal((await remove()).code, 404);
  });

  it('keeps what has finalizers until they are gone', async () => {
    await api.create(profile('held', { finalizers: ['example.com/hold'] }));
    const marked = await api.ask(`${PROFILES}/held`, { method: 'DELETE' });
    assert.ok(marked.body.metadata.deletionTimestamp);
    await api.patch('held', {
      metadata: { annotations: { still: 'here' }, deletionTimestamp: null },
    });
    assert.ok((await api.ask(`${PROFILES}/held`)).body.metadata.deletionTimestamp);
    assert.equal((await api.patch('held', { metadata: { finalizers: null } })).code, 200);
    assert.equal((await api.ask(`${PROFILES}/held`)).code, 404);
  });

  it('deletes what is selected', async () => {
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ] as const)
      await api.create(profile(name, { labels: { app } }));
    await api.ask(`${PROFILES}?labelSelector=app=x&dryRun=All`, { method: 'DELETE' });
    assert.equal((await api.ask(PROFILES)).body.items.length, 3);
    const { body } = await api.ask(`${PROFILES}?labelSelector=app=x`, { method: 'DELETE' });
    assert.equal(body.status, 'Success');
    assert.deepEqual(
      (await api.ask(PROFILES)).body.items.map(
        (each: { metadata: { name: string } }) => each.metadata.name,
      ),
      ['c'],
    );
  });

  it('refuses bodies that are too large without reading them', async () => {
    const { code, body } = await api.create(profile('web', {}, { imageID: 'x'.repeat(30_000) }));
    assert.deepEqual([code, body.reason], [413, 'RequestEntityTooLarge']);
    await api.create(profile('web', {}, { imageID: 'x'.repeat(15_000) }));
    const grown = await api.patch('web', { spec: { imageTag: 'x'.repeat(15_000) } });
    assert.equal(grown.code, 413);
  });

  it('refuses bodies in forms that it does not know', async () => {
    const post = (type: string, body: string) => api.ask(PROFILES, { method: 'POST', type, body });
    assert.equal((await post('application/vnd.kubernetes.protobuf', 'k8s')).code, 415);
    assert.equal((await post('text/plain', '{}')).code, 415);
    const bomb = Array.from(
      { length: 12 },
      (_, n) =>
        `a${n}: &a${n} [${
          n === 0
            ? 'x'
            : Array(9)
                .fill(`*a${n - 1}`)
                .join(',')
        }]`,
    ).join('\n');
    assert.equal((await post('application/yaml', bomb)).code, 400);
    assert.equal((await post('application/json', '['.repeat(9_000) + ']'.repeat(9_000))).code, 400);
    assert.equal((await post('application/json', '{"__proto__": {"a": 1}}')).code, 400);
    const gzip = await api.ask(PROFILES, {
      method: 'POST',
      body: '{}',
      headers: { 'content-encoding': 'gzip' },
    });
    assert.equal(gzip.code, 415);
  });

  it('tells completed and too large in the words that clients know', async () => {
    const final = { 'kubescape.io/status': 'completed', 'kubescape.io/completion': 'complete' };
    await api.create(profile('web', { annotations: final }));
    const report = profile('web-1', {
      annotations: {
        'kubescape.io/report-series-id': 's',
        'kubescape.io/status': 'ready',
        'kubescape.io/completion': 'complete',
        'kubescape.io/report-timestamp': '2026-01-01 00:00:10 +0000 UTC',
        'kubescape.io/previous-report-timestamp': '0001-01-01 00:00:00 +0000 UTC',
      },
    });
    const { code, body } = await api.create(report);
    assert.equal(code, 409);
    assert.match(body.message, /object is completed$/);
    assert.equal(body.details.causes[0].reason, 'object is completed');
  });
});
