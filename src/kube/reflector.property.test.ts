import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { settle } from '#runtime/virtual-clock.js';
import { FakeApiServer, type Fault } from './testing/fake-api-server.ts';
import { aPod, Follower } from './testing/follower.ts';

type Trial = Readonly<{ server: FakeApiServer; follower: Follower }>;
type Step = Readonly<{ what: string; run: (trial: Trial) => Promise<void> | void }>;

const NAMES = ['a', 'b', 'c', 'd'];

const FAULTS: readonly Fault[] = [
  { status: 500 },
  { status: 429, retryAfter: 3 },
  { status: 410, reason: 'Expired' },
  { status: 403 },
  { body: '' },
  { body: '{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"9' },
  { body: 'garbage\n' },
  { body: '{"type":"BOOKMARK","object":{"metadata":{}}}\n' },
  'reset',
  'reset-after',
];

const step = (what: string, run: Step['run']): fc.Arbitrary<Step> => fc.constant({ what, run });

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.nat(9)).map(put) },
  { weight: 3, arbitrary: fc.constantFrom(...NAMES).map(remove) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(50, 900, 5_000, 40_000, 200_000).map((ms) => ({
      what: `${ms} ms pass`,
      run: ({ follower }: Trial) => follower.clock.advance(ms),
    })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('list', 'watch'), fc.constantFrom(...FAULTS))
      .map(([verb, fault]) => ({
        what: `${verb} fails: ${JSON.stringify(fault)}`,
        run: ({ server }: Trial) => server.fail(verb as 'list' | 'watch', fault),
      })),
  },
  step('sockets work', async () => {
    for (let turn = 0; turn < 10; turn += 1) await settle();
  }),
  step('watches close', ({ server }) => server.closeWatches()),
  step('watches drop', ({ server }) => server.dropWatches()),
  step('watches drop with half a line', ({ server }) => server.dropWatches('{"type":"DEL')),
  step('a bookmark', ({ server }) => server.sendBookmark()),
  step('an expiry', ({ server }) => server.sendError(410, 'Expired')),
  step('an error', ({ server }) => server.sendError(500, 'InternalError')),
  step('garbage', ({ server }) => server.sendRaw('garbage\n')),
  step('history is forgotten', ({ server }) => server.objects.forget()),
  step('the server is away', async ({ server }) => {
    await server.down();
    await server.up();
  }),
  step('a deletion without an event', (trial) => {
    trial.server.objects.withoutEvents(() => void remove('a').run(trial));
  }),
);

function put([name, value]: readonly [string, number]): Step {
  const run = ({ server: { objects } }: Trial) => {
    const exists = objects.get('pods', { namespace: 'shop', name }) !== undefined;
    if (exists) objects.update('pods', aPod(name, value));
    else objects.create('pods', aPod(name, value));
  };
  return { what: `${name}=${value}`, run };
}

function remove(name: string): Step {
  const key = { namespace: 'shop', name };
  const run = ({ server: { objects } }: Trial) => {
    if (objects.get('pods', key)) objects.delete('pods', key);
  };
  return { what: `no ${name}`, run };
}

describe('Reflector under faults', () => {
  it('knows in the end what the server has, whatever happened', async () => {
    const schedules = fc.record({
      seed: fc.nat(1_000),
      streamingList: fc.boolean(),
      steps: fc.array(aStep, { minLength: 5, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(schedules, async ({ seed, streamingList, steps }) => {
        const server = await FakeApiServer.listen();
        const follower = new Follower(server, { seed, streamingList });
        try {
          follower.begin();
          for (const { run } of steps) {
            await run({ server, follower });
            await settle();
          }
          await comesToRest({ server, follower });
        } finally {
          await follower.stop();
          await server.close();
        }
        assert.equal(follower.clock.pending, 0, 'timers');
      }),
      { numRuns: 150, examples: [] },
    );
  });
});

/** Nothing fails any more. What no event told of shows in the list after the history was forgotten. */
async function comesToRest({ server, follower }: Trial): Promise<void> {
  server.clearFaults();
  server.objects.forget();
  server.objects.create('nodes', { metadata: { name: `n${server.objects.version}` } });
  server.objects.forget();
  server.closeWatches();
  const wanted = () => stateOf(server).join(' ');
  const known = () =>
    [...follower.replica.values()]
      .map(({ name, uid, value }) => `${name}=${value}@${uid}`)
      .sort()
      .join(' ');
  for (let turn = 0; turn < 600; turn += 1) {
    if (server.watching > 0 && wanted() === known()) return;
    await follower.clock.advance(500);
    for (let at = 0; at < 5; at += 1) await settle();
  }
  assert.equal(known(), wanted());
}

function stateOf({ objects }: FakeApiServer): readonly string[] {
  return objects
    .all('pods')
    .map((pod) => `${pod.metadata.name}=${Object(pod['spec']).value}@${pod.metadata.uid}`)
    .sort();
}
