import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AttributedEvent } from '#model/attributed-event.js';
import { Recording, type RecordingOptions } from '../recording.ts';
import { anExec, anOpen } from '../testing/observed.ts';
import { aRequest } from '../testing/observed-surfaces.ts';
import type { Observed } from './observed.ts';

const ROOMY = { maxEntries: 1e6, maxSizeChars: 1e9 };
const OPTIONS: readonly Omit<RecordingOptions, keyof typeof ROOMY>[] = [
  {},
  { learnEnvNames: true, learnHeaders: ['Host', 'X-Tenant', 'Authorization'] },
];

/** Few and alike, so that most come again and many differ in one place only; some hold secrets. */
const WORDS = [
  '',
  'a',
  'b',
  'ab',
  'ba',
  '--verbose',
  '--verbosf',
  '--password=hunter2',
  '/proc/1/x',
];
const word = fc.constantFrom(...WORDS, '/proc/12/maps', '/a/*', 'a b', 'a\0b', 'x'.repeat(40));
const words = fc.oneof(
  fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  fc.array(word, { maxLength: 3 }),
);
const frames = fc.array(fc.record({ fileId: fc.constantFrom('a', 'b', 'ab'), line: fc.nat(1) }), {
  maxLength: 3,
});
const opens = fc
  .tuple(word, fc.constantFrom(0, 1, 0x441), fc.option(frames, { nil: undefined }))
  .map(([path, flags, callStack]) => withStack(anOpen(path, flags), callStack));
const execs = fc
  .record({
    exePath: fc.constantFrom('', '/x/bin/program', '/y/bin/program', '/proc/1/bin/program'),
    args: words,
    envNames: fc.array(fc.constantFrom('A', 'B', 'a'), { maxLength: 2 }),
    callStack: fc.option(frames, { nil: undefined }),
  })
  .map(({ callStack, ...changes }) => withStack(anExec(changes), callStack));
/** Fewer values than are kept of one header. */
const headers = fc.dictionary(
  fc.constantFrom('x-tenant', 'X-Tenant', 'AUTHORIZATION', 'Via'),
  fc.array(fc.constantFrom(...WORDS.slice(0, 4), '--password=x', '--password=y'), { maxLength: 3 }),
);
const requests = fc
  .record({
    url: fc.constantFrom('/a', '/b', '/a?x=1', '/token/hunter2hunter2', '*', 'http://h/a'),
    method: fc.constantFrom('', 'GET', 'PUT', 'PUP'),
    host: fc.constantFrom('', 'shop', 'shoq'),
    port: fc.constantFrom(0, 80, 81),
    direction: fc.constantFrom('inbound', 'outbound'),
    internal: fc.boolean(),
    headers: headers,
  })
  .map((changes) => aRequest(changes as Parameters<typeof aRequest>[0]));
const sequences = fc.array(fc.oneof(opens, execs, requests), { maxLength: 60 });

describe('a recording that remembers what it knows', () => {
  for (const options of OPTIONS) {
    it(`learns what one does that meets each event for the first time, ${JSON.stringify(options)}`, () => {
      fc.assert(
        fc.property(sequences, (events) => {
          const recording = new Recording({ ...ROOMY, ...options });
          for (const event of events) recording.observe(event);
          assert.deepEqual(factsOf([recording.take()]), factsOf(oneByOne(events, options)));
        }),
        { numRuns: 300 },
      );
    });

    it(`loses nothing over reports that leave things behind, ${JSON.stringify(options)}`, () => {
      fc.assert(
        fc.property(sequences, fc.integer({ min: 3, max: 6 }), (events, maxEntries) => {
          const recording = new Recording({ ...ROOMY, maxEntries, ...options });
          const reports: Observed[] = [];
          for (const event of events) {
            recording.observe(event);
            if (recording.isFull) reports.push(recording.take());
          }
          while (recording.entries > 0) reports.push(recording.take());
          assert.equal(recording.dropped, 0);
          assert.deepEqual(factsOf(reports), factsOf(oneByOne(events, options)));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('learns anew after a report all that comes again', () => {
    fc.assert(
      fc.property(sequences, (events) => {
        const recording = new Recording({ ...ROOMY, ...OPTIONS[1] });
        const [first, second] = [0, 1].map(() => {
          for (const event of events) recording.observe(event);
          return factsOf([recording.take()]);
        });
        assert.deepEqual(second, first);
      }),
    );
  });

  it('counts each thing that finds no room, as often as it comes', () => {
    const recording = new Recording({ maxEntries: 2, maxSizeChars: 1e9, learnEnvNames: true });
    const settled = [aRequest(), anExec(), anOpen('/a'), anOpen('/b')];
    const late = [
      ...[anOpen('/late'), anExec({ args: ['late'] }), anExec({ envNames: ['LATE'] })],
      ...[aRequest({ method: 'PUT' }), aRequest({ host: 'late' }), aRequest({ url: '/late' })],
      withStack(anOpen('/a'), [{ fileId: 'late', line: 1 }]),
    ];
    for (const event of settled) recording.observe(event);
    assert.equal(recording.dropped, 0);
    for (let times = 1; times <= 3; times += 1) {
      for (const event of settled) recording.observe(event);
      for (const event of late.flatMap((one) => [one, one])) recording.observe(event);
      assert.equal(recording.dropped, times * 2 * late.length);
    }
  });

  it('tells call stacks apart by each file and line', () => {
    const recording = new Recording(ROOMY);
    const inner = ['b', 'c', 'd'].map((fileId) => ({ fileId, line: 1 }));
    for (const fileId of ['a', 'x']) {
      for (const line of [1, 2]) {
        recording.observe(withStack(anOpen('/a'), [{ fileId, line }, ...inner]));
      }
    }
    assert.equal(recording.entries, 1 + 4);
  });

  it('tells thousands of like texts apart', () => {
    const recording = new Recording(ROOMY);
    const text = (n: number) =>
      `/${'d'.repeat(30)}/${n.toString(2).padStart(12, '0')}/package.json`;
    for (let times = 0; times < 2; times += 1) {
      for (let n = 0; n < 3_000; n += 1) {
        recording.observe(anOpen(text(n)));
        recording.observe(anExec({ exePath: '/bin/sh', args: ['sh', '-c', text(n)] }));
        recording.observe(aRequest({ url: text(n) }));
      }
      assert.equal(recording.entries, 9_000);
    }
  });
});

function withStack(
  { event, ...rest }: AttributedEvent,
  callStack: { readonly fileId: string; readonly line: number }[] | undefined,
): AttributedEvent {
  return { ...rest, event: { ...event, ...(callStack && { callStack }) } };
}

/** Each event in a recording of its own, which knows nothing. */
function oneByOne(
  events: readonly AttributedEvent[],
  options: (typeof OPTIONS)[number],
): readonly Observed[] {
  return events.map((event) => {
    const recording = new Recording({ ...ROOMY, ...options });
    recording.observe(event);
    return recording.take();
  });
}

/** Every single thing that reports tell, once. */
function factsOf(reports: readonly Observed[]): readonly string[] {
  const facts = reports.flatMap(({ execs: calls, opens: files, endpoints = [], ...others }) => [
    ...calls.flatMap(({ path, args, envs }) =>
      [undefined, ...(envs ?? [])].map((name) => ['exec', path, args, name]),
    ),
    ...files.flatMap(({ path, flags }) => (flags ?? []).map((flag) => ['open', path, flag])),
    ...endpoints.flatMap(({ methods, headers, ...endpoint }) => [
      ['endpoint', endpoint],
      ...(methods ?? []).map((method) => ['method', endpoint, method]),
      ...Object.entries(headers ?? {}).flatMap(([name, values]) =>
        (values as readonly string[]).map((value) => ['header', endpoint, name, value]),
      ),
    ]),
    ...(others.identifiedCallStacks ?? []).flatMap(({ callID, callStack }) =>
      waysOf(callStack.root.children ?? []).map((way) => ['stack', callID, way]),
    ),
  ]);
  return [...new Set(facts.map((fact) => JSON.stringify(fact)))].sort();
}

type Nodes = NonNullable<
  NonNullable<Observed['identifiedCallStacks']>[number]['callStack']['root']['children']
>;

/** All ways from the outermost frame to any other: one that is a stack may be the beginning of another. */
function waysOf(nodes: Nodes): readonly (readonly unknown[])[] {
  return nodes.flatMap(({ frame, children }) => [
    [frame],
    ...waysOf(children ?? []).map((way) => [frame, ...way]),
  ]);
}
