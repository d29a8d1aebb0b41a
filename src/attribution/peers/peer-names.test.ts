import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DnsEvent, NetworkEvent, NetworkPeer } from '#model/raw-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { aContainer, anOpen } from '../testing/build-event.ts';
import { PeerNames, type PeerNamesBounds } from './peer-names.ts';

const { type: _type, path: _path, flags: _flags, result: _result, ...BASE } = anOpen();
const POD: NetworkPeer = { kind: 'pod', namespace: 'shop', name: 'db-1', labels: { app: 'db' } };
const MINUTE_MS = 60_000;
const PROCESS = {
  ...{ pid: 10, ppid: 1, comm: 'sh', exePath: '', args: [], uid: 0, gid: 0, cwd: '/' },
  ...{ upperLayer: false, startTimeMs: 0 },
};

function anAnswer(fields: Partial<DnsEvent> = {}): DnsEvent {
  return {
    ...BASE,
    ...{ type: 'dns', name: 'example.com.', isAnswer: true, addresses: ['203.0.113.7'] },
    ...{ protocol: 'UDP', address: '10.96.0.10', port: 53, sourcePort: 40_000 },
    ...fields,
  };
}

function aConnection(fields: Partial<NetworkEvent> = {}): NetworkEvent {
  return {
    ...BASE,
    ...{ type: 'network', direction: 'outbound', protocol: 'TCP', address: '203.0.113.7' },
    port: 443,
    ...fields,
  };
}

function someNames(bounds?: Partial<PeerNamesBounds>) {
  const clock = new VirtualClock();
  const asked: (readonly [string, number | undefined])[] = [];
  const directory = {
    peerOf: (address: string, port: number | undefined) => {
      asked.push([address, port]);
      return address === '10.0.0.1' ? POD : undefined;
    },
  };
  const names = new PeerNames({ clock, directory, bounds });
  const namesOf = (address: string, containerId = 'a') =>
    names.withPeer(aConnection({ address }), containerId).names;
  return { clock, names, asked, namesOf };
}

describe('names of the other side', () => {
  it('are those that DNS gave this container, the newest first and each once', () => {
    const { names, namesOf } = someNames();
    for (const name of ['a.example.', 'B.Example', 'a.example.', 'c.example.']) {
      names.observe(anAnswer({ name }), 'a');
    }
    assert.deepEqual(namesOf('203.0.113.7'), ['c.example.', 'a.example.', 'b.example.']);
    assert.equal(namesOf('203.0.113.7', 'b'), undefined);
    assert.equal(namesOf('203.0.113.8'), undefined);
  });

  it('are found however an address is written', () => {
    const { names, namesOf } = someNames();
    const addresses = ['2001:DB8:0:0::7', '::ffff:203.0.113.7', 'no address'];
    names.observe(anAnswer({ addresses }), 'a');
    assert.deepEqual(namesOf('2001:db8::7'), ['example.com.']);
    assert.deepEqual(namesOf('203.0.113.7'), ['example.com.']);
    assert.equal(names.size, 2);
  });

  it('are none of a question, of what is no name, or of an answer without addresses', () => {
    const { names } = someNames();
    names.observe(anAnswer({ isAnswer: false }), 'a');
    names.observe(anAnswer({ addresses: [] }), 'a');
    for (const name of ['', '.', 'two words.', 'line\nend.', `${'a'.repeat(254)}.`]) {
      names.observe(anAnswer({ name }), 'a');
    }
    assert.equal(names.size, 0);
  });

  it('hold for the time of the answer, but neither too short nor too long', async () => {
    for (const [ttlSeconds, holdsMs] of [
      [undefined, 5 * MINUTE_MS],
      [0, 5 * MINUTE_MS],
      [600, 10 * MINUTE_MS],
      [86_400, 60 * MINUTE_MS],
    ] as const) {
      for (const [waitMs, isKnown] of [
        [holdsMs - 1, true],
        [holdsMs, false],
      ] as const) {
        const { clock, names, namesOf } = someNames();
        names.observe(anAnswer(ttlSeconds === undefined ? {} : { ttlSeconds }), 'a');
        await clock.advance(waitMs);
        assert.equal(namesOf('203.0.113.7') !== undefined, isKnown, `${ttlSeconds} ${waitMs}`);
        assert.deepEqual([names.size, names.containers], isKnown ? [1, 1] : [0, 0]);
      }
    }
  });

  it('hold longer when they are used, or told again', async () => {
    const { clock, names, namesOf } = someNames();
    names.observe(anAnswer(), 'a');
    for (let use = 0; use < 5; use += 1) {
      await clock.advance(4 * MINUTE_MS);
      assert.deepEqual(namesOf('203.0.113.7'), ['example.com.']);
    }
    await clock.advance(4 * MINUTE_MS);
    names.observe(anAnswer(), 'a');
    await clock.advance(4 * MINUTE_MS);
    assert.deepEqual(namesOf('203.0.113.7'), ['example.com.']);
    await clock.advance(5 * MINUTE_MS);
    assert.equal(namesOf('203.0.113.7'), undefined);
  });

  it('are forgotten with their container', () => {
    const { names, namesOf } = someNames();
    names.observe(anAnswer(), 'a');
    names.observe(anAnswer(), 'b');
    names.containerRemoved('a');
    names.containerRemoved('never');
    assert.equal(namesOf('203.0.113.7'), undefined);
    assert.deepEqual(namesOf('203.0.113.7', 'b'), ['example.com.']);
    assert.equal(names.size, 1);
  });

  it('stay what the source said, if it said so', () => {
    const { names, asked } = someNames();
    names.observe(anAnswer(), 'a');
    const told = aConnection({ names: ['told.example.'], peer: { ...POD, name: 'told' } });
    assert.equal(names.withPeer(told, 'a'), told);
    assert.deepEqual(asked, []);
  });

  it('leave an event as it is of which nothing is known', () => {
    const { names } = someNames();
    const event = aConnection();
    assert.equal(names.withPeer(event, 'a'), event);
  });

  it('come with the pod or service, which is asked for by port only when it was connected to', () => {
    const { names, asked } = someNames();
    const to = aConnection({ address: '10.0.0.1' });
    assert.equal(names.withPeer(to, 'a').peer, POD);
    assert.equal(names.withPeer({ ...to, direction: 'inbound' }, 'a').peer, POD);
    assert.deepEqual(asked, [
      ['10.0.0.1', 443],
      ['10.0.0.1', undefined],
    ]);
  });

  it('are put on attributed events on their way, and on no others', () => {
    const { names } = someNames();
    const around = { container: aContainer({ id: 'a' }), process: PROCESS };
    const answer = { ...around, event: anAnswer() };
    const connection = { ...around, event: aConnection() };
    const open = { ...around, event: anOpen() };
    assert.equal(names.named(connection), connection);
    assert.equal(names.named(answer), answer);
    assert.equal(names.named(open), open);
    const { event, container } = names.named(connection);
    assert.deepEqual(event, { ...connection.event, names: ['example.com.'] });
    assert.equal(container, around.container);
  });
});

describe('the memory for names', () => {
  it('keeps the newest names of an address and the newest addresses of a container', () => {
    const { names, namesOf } = someNames({ maxNamesOfAddress: 2, maxNamesOfContainer: 4 });
    for (const name of ['a.', 'b.', 'c.']) names.observe(anAnswer({ name }), 'a');
    assert.deepEqual(namesOf('203.0.113.7'), ['c.', 'b.']);
    names.observe(anAnswer({ addresses: ['10.0.0.8', '10.0.0.9'] }), 'a');
    assert.equal(names.size, 4);
    names.observe(anAnswer({ addresses: ['10.0.0.10'] }), 'a');
    assert.equal(namesOf('203.0.113.7'), undefined);
    assert.equal(names.size, 3);
  });

  it('lets no container that asks a lot take the names of another one', () => {
    const { names, namesOf } = someNames({ maxNames: 40, maxNamesOfContainer: 16 });
    names.observe(anAnswer(), 'quiet');
    for (let n = 0; n < 1_000; n += 1) {
      names.observe(anAnswer({ addresses: [`10.1.${n >> 8}.${n & 255}`] }), 'loud');
    }
    assert.equal(names.size, 17);
    assert.deepEqual(namesOf('203.0.113.7', 'quiet'), ['example.com.']);
  });

  it('never holds more than its bounds, and counts right', async () => {
    const bounds = { maxNames: 12, maxNamesOfContainer: 6, maxNamesOfAddress: 3 };
    const act = fc.record({
      what: fc.constantFrom('answer', 'connect', 'remove', 'wait'),
      container: fc.constantFrom('a', 'b', 'c', 'd'),
      name: fc.constantFrom('x.', 'y.', 'z.', 'w.'),
      addresses: fc.array(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'), {
        maxLength: 5,
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const some = someNames(bounds);
        for (const each of acts) {
          await perform(some, each);
          assert.ok(some.names.size >= 0 && some.names.size <= bounds.maxNames);
        }
        for (const container of ['a', 'b', 'c', 'd']) some.names.containerRemoved(container);
        assert.equal(some.names.size, 0);
      }),
      { numRuns: 200 },
    );
  });
});

interface Act {
  readonly what: string;
  readonly container: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

async function perform(
  { clock, names, namesOf }: ReturnType<typeof someNames>,
  { what, container, name, addresses }: Act,
): Promise<void> {
  if (what === 'wait') await clock.advance(2 * MINUTE_MS);
  if (what === 'remove') names.containerRemoved(container);
  if (what === 'connect') for (const each of addresses) namesOf(each, container);
  if (what !== 'answer' || addresses.length === 0) return;
  names.observe(anAnswer({ name, addresses }), container);
  assert.equal(namesOf(addresses.at(-1) ?? '', container)?.[0], name);
}
