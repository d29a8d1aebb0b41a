import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AttributedEvent } from '#model/attributed-event.js';
import { isJudgeable } from '#model/judgeable-event.js';
import { Recording, type RecordingOptions } from '../recording.ts';
import { anExec, anOpen } from '../testing/observed.ts';
import { aConnection, anAnswer, aRequest, happened } from '../testing/observed-surfaces.ts';
import type { Observed } from './observed.ts';
import { Covered } from './testing/covered.ts';

/** Signs that stand for something in profiles, secrets, what no URL may hold, and texts of every length. */
const piece = fc.oneof(
  fc.constantFrom('*', '⋯', '⋯⋯', '**', 'a', 'b', '..', '.', '', '%zz', 'a\nb', 'token', 'x\0y'),
  fc.constantFrom(
    '--password=hunter2',
    'hunter2hunter2',
    '-psecret',
    'https://u:p/w@h',
    '[redacted]',
  ),
  fc.constantFrom('AKIAIOSFODNN7EXAMPLE', 'Bearer', 'x'.repeat(40), 'y'.repeat(300), 'mysql'),
  fc.string({ maxLength: 8, unit: 'binary' }),
);
const path = fc.oneof(
  fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join('/')}`),
  fc.constantFrom('', '/', '*', '/proc/12/maps', '/proc/12', `/${'long/'.repeat(500)}`),
  piece,
);
const address = fc.constantFrom(
  ...['203.0.113.7', '::ffff:203.0.113.7', '2001:db8::7', '2001:DB8:0::7', '10.0.0.1', '10.0.0.2'],
  ...['127.0.0.1', '::1', 'fe80::1%eth0', '', '*', '0.0.0.0/0'],
);
const name = fc.oneof(
  fc.constantFrom('a.example.', 'B.example', 'b.example.', '*.example.', '⋯.', 'a..b.', '.', ''),
  fc.nat(60).map((n) => `n${n}.example.`),
  piece,
);
const port = fc.constantFrom(0, 1, 80, 443, 65_535);
const direction = fc.constantFrom('inbound' as const, 'outbound' as const);
const labels = fc.dictionary(
  fc.constantFrom('app', 'role', 'pod-template-hash'),
  fc.constantFrom('a', 'b'),
);
const peer = fc.oneof(
  fc.record({
    kind: fc.constant('pod' as const),
    namespace: fc.constantFrom('shop', 'other'),
    name: fc.constantFrom('p', 'q'),
    labels,
  }),
  fc.record({
    kind: fc.constant('service' as const),
    namespace: fc.constantFrom('shop', 'default'),
    name: fc.constantFrom('s', 'kubernetes'),
    selector: labels,
  }),
);
const optional = <T>(each: fc.Arbitrary<T>) => fc.option(each, { nil: undefined, freq: 2 });
const frames = fc.array(fc.record({ fileId: fc.constantFrom('a', 'b', ''), line: fc.nat(2) }), {
  maxLength: 70,
  size: 'max',
});

const opens = fc
  .tuple(path, fc.constantFrom(0, 1, 0x441, 0x7fffffff), optional(frames))
  .map(([opened, flags, callStack]) => {
    const { event, ...rest } = anOpen(opened, flags);
    return { ...rest, event: { ...event, ...(callStack && { callStack }) } };
  });
const execs = fc
  .record({
    exePath: fc.oneof(fc.constant(''), path),
    args: fc.array(piece, { maxLength: 4 }),
    comm: piece,
    envNames: fc.oneof(fc.array(piece, { maxLength: 3 }), manyNames(300)),
  })
  .map((changes) => anExec(changes));
const names = fc
  .tuple(fc.constantFrom('capability', 'syscall'), piece)
  .map(([field, text]) =>
    happened(
      field === 'syscall'
        ? { type: 'syscall', syscall: text }
        : { type: 'capabilities', capability: text },
    ),
  );
const connections = fc
  .record({
    address,
    port,
    direction,
    protocol: fc.constantFrom('TCP', 'UDP'),
    peer: optional(peer),
  })
  .map(({ peer: other, ...changes }) =>
    aConnection({ ...changes, ...(other && { peer: other }) } as Parameters<typeof aConnection>[0]),
  );
const answers = fc
  .record({ name, addresses: fc.array(address, { maxLength: 3 }), isAnswer: fc.boolean() })
  .map((changes) => anAnswer(changes));
const requests = fc
  .record({
    url: fc.oneof(
      path,
      path.map((p) => `http://h${p}?q#f`),
    ),
    method: fc.oneof(fc.constantFrom('', 'GET', 'get', 'PUT', 'M'.repeat(33)), piece),
    host: fc.oneof(fc.constantFrom('', 'shop'), piece),
    headers: fc.dictionary(
      fc.constantFrom('x-tenant', 'Authorization', 'Via'),
      fc.array(piece, { maxLength: 2 }),
    ),
    port,
    direction,
    internal: fc.boolean(),
  })
  .map((changes) => aRequest(changes));

/** Many events that go beyond one of the bounds. */
const floods = fc
  .tuple(fc.constantFrom('hosts', 'methods', 'ports', 'names', 'addresses', 'paths'), fc.nat(60))
  .map(([what, count]) =>
    Array.from({ length: count }, (_, n): AttributedEvent => {
      if (what === 'hosts') return aRequest({ host: `host-${n}` });
      if (what === 'methods') return aRequest({ method: `M${n}` });
      if (what === 'ports') return aConnection({ port: n });
      if (what === 'names') return anAnswer({ name: `flood-${n}.example.` });
      if (what === 'paths') return anOpen(`/flood/${n}`);
      const addresses = Array.from({ length: 40 }, (_none, i) => `10.9.${n}.${i}`);
      return anAnswer({ name: `many-${n}.example.`, addresses });
    }),
  );
const one = fc.oneof(opens, execs, names, connections, answers, requests).map((event) => [event]);
const events = fc
  .array(fc.oneof({ weight: 12, arbitrary: one }, { weight: 1, arbitrary: floods }), {
    maxLength: 60,
  })
  .map((lists) => lists.flat().filter(({ event }) => isJudgeable(event)));
const bounds = fc.record({
  maxEntries: fc.constantFrom(2, 10, 1_000),
  maxSizeChars: fc.constantFrom(500, 5_000, 1_000_000),
  learnEnvNames: fc.boolean(),
  learnHeaders: fc.constantFrom(['Host'], ['Host', 'X-Tenant', 'Authorization'], []),
  /** Events between looking whether it is time for a report. */
  every: fc.constantFrom(1, 5, 50),
});

function manyNames(most: number) {
  return fc.nat(most).map((count) => Array.from({ length: count }, (_, n) => `N${n}`));
}

/** What DNS tells of more addresses, or more names of one, than are remembered. */
const lookups = fc.array(
  fc.oneof(
    fc.tuple(fc.nat(2), fc.nat(1_100)).map(([named, count]) =>
      Array.from({ length: count }, (_, n) => {
        return anAnswer({ name: `n${named}.example.`, addresses: [numbered(n)] });
      }),
    ),
    fc.tuple(fc.nat(3), fc.nat(40)).map(([to, count]) =>
      Array.from({ length: count }, (_, n) => {
        return anAnswer({ name: `m${n}.example.`, addresses: [numbered(to)] });
      }),
    ),
    fc.nat(3).map((to) => [aConnection({ address: numbered(to) })]),
  ),
  { minLength: 2, maxLength: 8 },
);

function numbered(n: number): string {
  return `10.1.${n >> 8}.${n & 255}`;
}

describe('a recording', () => {
  it('tells of all that it observed, or counts that it does not', () => {
    fc.assert(
      fc.property(events, bounds, (all, options) => {
        const { reports, uncounted, missed } = recordAll(all, options);
        const covered = new Covered(reports, options);
        for (const event of uncounted) {
          assert.ok(covered.has(event), `not in any report: ${JSON.stringify(event.event)}`);
        }
        if (missed === 0) assert.deepEqual(covered.unknownNames(all), []);
      }),
      { numRuns: 400 },
    );
  });

  it('has each name of whom it connected to, or counts that it does not', () => {
    const options = { learnEnvNames: false, learnHeaders: [] };
    fc.assert(
      fc.property(lookups, fc.constantFrom(1, 1_000), (lists, maxEntries) => {
        const all = lists.flat();
        const roomy = { maxEntries, maxSizeChars: 1_000_000, every: 1 };
        const { reports, missed } = recordAll(all, { ...roomy, ...options });
        if (missed === 0) {
          assert.deepEqual(new Covered(reports, options).unknownNames(all), []);
        }
      }),
    );
  });
});

/** All reports, and the events that the recording did not count as missed in part. */
function recordAll(
  all: readonly AttributedEvent[],
  { every, ...options }: RecordingOptions & { readonly every: number },
) {
  const recording = new Recording(options);
  const reports: Observed[] = [];
  const missed = () => recording.truncated + recording.dropped;
  const uncounted = all.filter((event, at) => {
    const before = missed();
    recording.observe(event);
    const isUncounted = missed() === before;
    if (at % every === 0 && recording.isFull) reports.push(recording.take());
    return isUncounted;
  });
  while (recording.entries > 0) reports.push(recording.take());
  return { reports, uncounted, missed: missed() };
}
