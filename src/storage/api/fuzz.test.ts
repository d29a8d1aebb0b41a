import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { PROFILES, profile, ServedApi } from './testing/served-api.ts';

// biome-ignore lint/style/noProcessEnv: a test is told by its environment how long to go on
const { HULLWATCH_FUZZ_RUNS: runs = '1000', HULLWATCH_PROPERTY_SEED: seed } = process.env;
const OPTIONS = { numRuns: Number(runs), ...(seed && { seed: Number(seed) }) };

const NAMES = ['a', 'b', 'c', 'd-e.f'];
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e300,
    true,
    [],
    {},
    '\u0000',
    '\ud800',
    'x'.repeat(300),
    '⋯',
    '__proto__',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
  fc.string({ maxLength: 8, unit: 'binary' }),
);

/** A profile that is right, or has been bent in one place. */
const sentObject = fc
  .record({
    name,
    path: fc.constantFrom('/bin/a', '/bin/b'),
    labels: fc.constantFrom({}, { app: 'x' }, { app: 'y' }),
    bend: fc.option(
      fc.record({
        at: fc.constantFrom(
          'kind',
          'apiVersion',
          'metadata',
          'metadata.name',
          'metadata.labels',
          'metadata.annotations',
          'metadata.finalizers',
          'metadata.resourceVersion',
          'metadata.uid',
          'spec',
          'spec.execs',
          'spec.execs.0',
          'spec.execs.0.path',
          'spec.opens',
          'spec.rulePolicies',
          'spec.egress',
          'other',
        ),
        value: odd,
      }),
      { freq: 2 },
    ),
  })
  .map(({ name: given, path, labels, bend }) => {
    const object = profile(given, { labels }, { execs: [{ path, args: ['x'] }] });
    return bend === null ? object : bent(object, bend.at.split('.'), bend.value);
  });

function bent(object: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(object))
    return object.map((each, at) => (String(at) === head ? bent(each, rest, value) : each));
  const record = (object ?? {}) as Record<string, unknown>;
  return { ...record, [head]: bent(record[head], rest, value) };
}

const pointer = fc.constantFrom(
  '',
  '/spec',
  '/spec/execs',
  '/spec/execs/0',
  '/spec/execs/-',
  '/spec/execs/9',
  '/spec/execs/0/path',
  '/metadata/name',
  '/metadata/labels',
  '/metadata/labels/a~1b',
  '/metadata',
  '/~2',
  'spec',
);
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'jump'),
    path: pointer,
    from: pointer,
    value: odd,
  },
  { requiredKeys: ['op', 'path'] },
);
const patch = fc.oneof(
  fc.record({ type: fc.constant(MERGE_PATCH), body: sentObject }),
  fc.record({ type: fc.constant(MERGE_PATCH), body: odd }),
  fc.record({ type: fc.constant(JSON_PATCH), body: fc.array(operation, { maxLength: 5 }) }),
  fc.record({ type: fc.constantFrom(MERGE_PATCH, JSON_PATCH, 'application/yaml', 'x'), body: odd }),
);
const parameter = fc.tuple(
  fc.constantFrom(
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'labelSelector',
    'fieldSelector',
    'sendInitialEvents',
    'allowWatchBookmarks',
    'dryRun',
    'fieldValidation',
    'includeObject',
    'timeoutSeconds',
    'x',
    '%',
    'watch',
  ),
  fc.oneof(
    fc.constantFrom(
      '0',
      '1',
      '3',
      '-1',
      '99999999',
      '1e9',
      'true',
      'false',
      'All',
      'Exact',
      'NotOlderThan',
      'Strict',
      'app=x',
      'app in (x,y)',
      '!app',
      'app notin (',
      'metadata.name=a',
      'metadata.name!=a',
      'Object',
      'WzEsInNob3AiLCJhIl0',
      '%zz',
      '',
    ),
    fc
      .string({ maxLength: 12, unit: 'binary' })
      .map((text) => encodeURIComponent(text.toWellFormed())),
  ),
);
const query = fc
  .array(parameter, { maxLength: 4 })
  .map((pairs) =>
    pairs
      .map(([key, value]) => `${key}=${value.replace(/[^\x21-\x7e]/g, encodeURIComponent)}`)
      .join('&'),
  );
const accept = fc.constantFrom(
  undefined,
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'a/b;q=x',
  ',,;',
);

const path = (given: string) => `${PROFILES}/${encodeURIComponent(given.toWellFormed())}`;
const request = fc.oneof(
  fc.record({ act: fc.constant('create' as const), object: sentObject, query }),
  fc.record({ act: fc.constant('update' as const), name, object: sentObject, query }),
  fc.record({ act: fc.constant('patch' as const), name, patch, query }),
  fc.record({
    act: fc.constant('delete' as const),
    name,
    body: fc.option(odd, { nil: undefined, freq: 4 }),
    query,
  }),
  fc.record({ act: fc.constant('list' as const), query, accept }),
  fc.record({ act: fc.constant('watch' as const), query, accept }),
);

describe('the API under fire', () => {
  let api: ServedApi;
  const model = new Map<string, unknown>();
  before(async () => {
    api = await ServedApi.start({ limits: { bodyBytes: 100_000 } });
  });
  after(() => api.stop());

  async function send(given: typeof request extends fc.Arbitrary<infer T> ? T : never) {
    const suffix = `?${given.query}`;
    switch (given.act) {
      case 'create':
        return api.ask(`${PROFILES}${suffix}`, { method: 'POST', body: given.object });
      case 'update':
        return api.ask(path(given.name) + suffix, { method: 'PUT', body: given.object });
      case 'patch':
        return api.ask(path(given.name) + suffix, {
          method: 'PATCH',
          type: given.patch.type,
          body: JSON.stringify(given.patch.body),
        });
      case 'delete':
        return api.ask(path(given.name) + suffix, { method: 'DELETE', body: given.body });
      case 'list':
        return api.ask(PROFILES + suffix, { ...(given.accept && { accept: given.accept }) });
      default:
        return api.ask(`${PROFILES}?timeoutSeconds=1&${given.query}&watch=true`, {
          ...(given.accept && { accept: given.accept }),
          headers: { 'x-brief': '1' },
        });
    }
  }

  /** What the store must hold after an answer: what was answered, unless it was a dry run. */
  async function note(
    given: { readonly act: string; readonly query: string },
    answered: Awaited<ReturnType<typeof send>>,
  ) {
    const isWrite = ['create', 'update', 'patch', 'delete'].includes(given.act);
    if (
      !isWrite ||
      answered.code >= 300 ||
      new URLSearchParams(given.query).getAll('dryRun').includes('All')
    )
      return;
    const { body } = answered;
    if (body.kind === 'Status') {
      model.delete(body.details.name);
      return;
    }
    if (body.kind === 'Table' || body.kind === 'PartialObjectMetadata') return;
    const isGone = body.metadata.deletionTimestamp && !body.metadata.finalizers?.length;
    if (isGone) model.delete(body.metadata.name);
    else model.set(body.metadata.name, body);
  }

  it('answers everything with less than 500 and keeps what it accepted', {
    timeout: 1_200_000,
  }, async () => {
    const withoutWatch = request.filter(
      ({ act, query: asked }) => act !== 'watch' && !/\bwatch=/.test(asked),
    );
    await fc.assert(
      fc.asyncProperty(withoutWatch, async (given) => {
        const answered = await send(given);
        assert.ok(
          answered.code >= 200 && (answered.code < 500 || answered.code === 504),
          answered.text,
        );
        assert.ok(answered.body !== undefined, 'the answer is JSON');
        if (answered.code >= 400) {
          assert.equal(answered.body.kind, 'Status');
          assert.equal(answered.body.code, answered.code);
          assert.ok(answered.body.reason && answered.body.message);
        }
        await note(given, answered);
      }),
      OPTIONS,
    );
    const { body } = await api.ask(PROFILES);
    const stored = new Map(
      body.items.map((each: { metadata: { name: string } }) => [each.metadata.name, each]),
    );
    assert.deepEqual(stored, model);
    assert.ok(model.size > 0);
    assert.deepEqual(api.logged, []);
  });

  it('answers watches of any parameters, and forgets them when they end', {
    timeout: 600_000,
  }, async () => {
    const watch = async ([asked, accepted]: readonly [string, string | undefined]) => {
      const { code, text } = await api.ask(
        `${PROFILES}?timeoutSeconds=1&${asked.replace(/timeoutSeconds=\w+/, 'x=1')}&watch=true`,
        { ...(accepted && { accept: accepted }) },
      );
      assert.ok(code < 500 || code === 504, text);
    };
    // A watch that is taken lasts a second, so they are asked for by the hundred.
    const hundred = fc.array(fc.tuple(query, accept), { minLength: 100, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(hundred, async (watches) => {
        await Promise.all(watches.map(watch));
      }),
      { ...OPTIONS, numRuns: Math.ceil(OPTIONS.numRuns / 1_000) },
    );
    assert.equal(api.server.counts.watchers, 0);
  });

  it('survives what is no HTTP', { timeout: 600_000 }, async () => {
    const { hostname, port } = new URL(api.server.url);
    const line = fc.oneof(
      fc.string({ maxLength: 60, unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('GET', 'POST', 'FOO', 'CONNECT'),
          fc.constantFrom(PROFILES, '*', 'http://x/', '//', '/%'),
          fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9'),
        )
        .map((parts) => parts.join(' ')),
      fc.constantFrom(
        'Host: 127.0.0.1',
        'Host: 127.0.0.1',
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
        'Content-Length: 99999999999',
        'Expect: 100-continue',
        'Upgrade: h2c',
        'Connection: upgrade',
        '',
        'zz',
        '5\r\nhello',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const answer = await raw(hostname, Number(port), `${lines.join('\r\n')}\r\n\r\n`);
        assert.doesNotMatch(answer, /^HTTP\/1\.1 500/);
      }),
      { ...OPTIONS, numRuns: Math.min(300, OPTIONS.numRuns) },
    );
    assert.equal((await api.ask('/healthz')).text, 'ok');
  });
});

function raw(host: string, port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port }, () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
