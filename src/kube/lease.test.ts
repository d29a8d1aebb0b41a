import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { type LogFields, silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from './api-client.ts';
import { openAccess } from './cluster-access.ts';
import { LeaseElector } from './lease.ts';
import { ApiLease, type LeaseRecord, type LeaseSpec, type LeaseTable } from './lease-record.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { until } from './testing/follower.ts';

/** 2026-01-31T12:00:00Z. */
const NOON_MS = 1_769_860_800_000;

/** A lease in memory: writes conflict as an API server's do, and take a while. */
class MemoryLease implements LeaseTable {
  record: LeaseRecord | undefined;
  writes = 0;
  /** Called before each access: may wait, or fail. */
  before: (identity: string | undefined) => Promise<void> = async () => {};

  async read(): Promise<LeaseRecord | undefined> {
    await this.before(undefined);
    return this.record;
  }

  async write(spec: LeaseSpec, replaced: LeaseRecord | undefined): Promise<LeaseRecord> {
    await this.before(spec.holderIdentity);
    if (replaced?.resourceVersion !== this.record?.resourceVersion) {
      throw new AgentError('conflict', 'somebody was faster');
    }
    this.writes += 1;
    this.record = { resourceVersion: String(this.writes), spec };
    return this.record;
  }
}

/** Electors that share a lease, and who works when. */
class World {
  readonly clock = new VirtualClock(NOON_MS);
  readonly lease = new MemoryLease();
  readonly working = new Set<string>();
  readonly history: string[] = [];
  /** Two at once at some moment. */
  hasOverlap = false;
  readonly #stops = new Map<string, () => Promise<void>>();
  readonly electors = new Map<string, LeaseElector>();

  start(identity: string, table: LeaseTable = this.lease): void {
    const { clock } = this;
    const random = seededRandom(identity.length + identity.charCodeAt(0));
    const elector = new LeaseElector({ lease: table, identity, clock, random, log: silentLogger });
    this.electors.set(identity, elector);
    const stop = new AbortController();
    const run = elector.run({
      signal: stop.signal,
      work: (signal) => this.#work(identity, signal),
    });
    this.#stops.set(identity, async () => {
      stop.abort();
      await run;
    });
  }

  async stop(identity: string): Promise<void> {
    await this.#stops.get(identity)?.();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#stops.values()].map((stop) => stop()));
    assert.equal(this.clock.pending, 0, 'timers');
  }

  #work(identity: string, signal: AbortSignal): Promise<void> {
    this.hasOverlap ||= this.working.size > 0;
    this.working.add(identity);
    this.history.push(identity);
    return new Promise((resolve) => {
      const end = () => {
        this.working.delete(identity);
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }
}

describe('LeaseElector', () => {
  it('lets one of two work, and writes what a lease says', async () => {
    const world = new World();
    world.start('a');
    world.start('b');
    await world.clock.advance(60_000);
    assert.equal(world.history.length, 1);
    const { spec } = world.lease.record ?? {};
    assert.equal(spec?.holderIdentity, world.history[0]);
    assert.equal(spec?.leaseDurationSeconds, 15);
    assert.equal(spec?.leaseTransitions, 0);
    assert.match(spec?.renewTime ?? '', /^2026-01-31T12:0\d:\d\d\.\d{6}Z$/);
    assert.notEqual(spec?.renewTime, spec?.acquireTime);
    assert.equal(world.electors.get(world.history[0] ?? '')?.isHolder, true);
    await world.end();
  });

  it('hands over soon when the holder stops', async () => {
    const world = new World();
    world.start('a');
    await world.clock.advance(1_000);
    world.start('b');
    await world.clock.advance(20_000);
    await world.stop('a');
    assert.equal(world.lease.record?.spec.holderIdentity, '');
    await world.clock.advance(6_000);
    assert.deepEqual(world.history, ['a', 'b']);
    assert.equal(world.lease.record?.spec.leaseTransitions, 1);
    await world.end();
  });

  it('ends its work before another begins, when it cannot renew', async () => {
    const world = new World();
    world.start('a');
    await world.clock.advance(1_000);
    world.start('b');
    await world.clock.advance(9_000);
    world.lease.before = async (identity) => {
      const isFromA = identity === 'a' || identity === '';
      if (isFromA) throw new AgentError('unavailable', 'cut off');
    };
    const endings: number[] = [];
    for (let second = 0; second < 60 && !world.working.has('b'); second += 1) {
      if (!world.working.has('a')) endings.push(second);
      await world.clock.advance(1_000);
    }
    assert.ok(endings.length >= 4, 'a few seconds without anybody');
    assert.equal(world.hasOverlap, false);
    assert.deepEqual(world.history, ['a', 'b']);
    await world.end();
  });

  it('does not believe the wall clock of another', async () => {
    const world = new World();
    const spec = {
      holderIdentity: 'far-away',
      leaseDurationSeconds: 15,
      acquireTime: '2001-01-01T00:00:00.000000Z',
      renewTime: '2001-01-01T00:00:00.000000Z',
      leaseTransitions: 7,
    };
    await world.lease.write(spec, undefined);
    world.start('a');
    await world.clock.advance(14_000);
    assert.deepEqual(world.history, []);
    await world.clock.advance(8_000);
    assert.deepEqual(world.history, ['a']);
    assert.equal(world.lease.record?.spec.leaseTransitions, 8);
    await world.end();
  });

  it('knows that it may not work any more right after a long stop', async () => {
    const world = new World();
    world.start('a');
    await world.clock.advance(1_000);
    const elector = world.electors.get('a');
    assert.equal(elector?.isHolder, true);
    let isHolderThen = true;
    // The first timer that fires after the stop sees the truth, whatever order the others come in.
    world.clock.schedule(3_000, () => {
      isHolderThen = elector?.isHolder ?? true;
    });
    world.lease.before = () => new Promise(() => {});
    await world.clock.advance(20_000);
    assert.equal(isHolderThen, true);
    assert.equal(elector?.isHolder, false);
    assert.equal(world.working.size, 0);
    world.lease.before = async () => {};
    await world.clock.advance(20_000);
    assert.deepEqual(world.history, ['a', 'a']);
    await world.end();
  });

  it('warns of each new error once, and tells how the election stands', async () => {
    const world = new World();
    const { clock, lease } = world;
    const warnings: unknown[] = [];
    const warn = (_message: string, fields?: LogFields) => void warnings.push(fields?.['error']);
    const log = { ...silentLogger, warn };
    const elector = new LeaseElector({ lease, identity: 'a', clock, random: seededRandom(1), log });
    const stop = new AbortController();
    const fail = (message: string) => {
      lease.before = async () => {
        throw new AgentError('unavailable', message);
      };
    };
    fail('forbidden');
    const run = elector.run({ signal: stop.signal, work: () => new Promise(() => {}) });
    await clock.advance(30_000);
    assert.deepEqual(warnings, ['forbidden']);
    const { isHolder, error } = elector.state;
    assert.deepEqual([isHolder, error?.message], [false, 'forbidden']);
    fail('cut off');
    await clock.advance(10_000);
    lease.before = async () => {};
    await clock.advance(10_000);
    assert.deepEqual(elector.state, { isHolder: true, holder: 'a' });
    fail('cut off');
    await clock.advance(6_000);
    assert.deepEqual(warnings, ['forbidden', 'cut off', 'cut off']);
    stop.abort();
    void run;
  });

  it('goes on with the election when the work ends or fails', async () => {
    const clock = new VirtualClock();
    const lease = new MemoryLease();
    const options = { lease, identity: 'a', clock, random: seededRandom(1), log: silentLogger };
    const stop = new AbortController();
    let turns = 0;
    const work = async () => {
      turns += 1;
      if (turns === 1) throw new Error('it broke');
      stop.abort();
    };
    await Promise.all([
      new LeaseElector(options).run({ signal: stop.signal, work }),
      clock.advance(60_000),
    ]);
    assert.equal(turns, 2);
  });

  it('never lets two work at once, whoever is cut off when', async () => {
    const aFault = fc.record({
      who: fc.constantFrom('a', 'b', 'c'),
      how: fc.constantFrom('fails', 'hangs', 'works'),
      forMs: fc.integer({ min: 100, max: 40_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aFault, { minLength: 1, maxLength: 15 }), async (faults) => {
        const world = new World();
        const state = new Map<string, string>();
        const cut = (identity: string): LeaseTable => ({
          read: async () => {
            await reach(identity);
            return world.lease.read();
          },
          write: async (spec, replaced) => {
            await reach(identity);
            return world.lease.write(spec, replaced);
          },
        });
        const reach = async (identity: string) => {
          const how = state.get(identity);
          if (how === 'fails') throw new AgentError('unavailable', 'cut off');
          if (how === 'hangs') await new Promise(() => {});
        };
        for (const identity of ['a', 'b', 'c']) world.start(identity, cut(identity));
        for (const { who, how, forMs } of faults) {
          state.set(who, how);
          await world.clock.advance(forMs);
        }
        state.clear();
        await world.clock.advance(60_000);
        assert.equal(world.working.size, 1, 'in the end one works');
        const ending = world.end();
        await world.clock.advance(20_000);
        await ending;
        assert.equal(world.hasOverlap, false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('ApiLease', () => {
  it('elects over an API server', async () => {
    const server = await FakeApiServer.listen();
    const world = new World();
    const client = new ApiClient({ access: openAccess(server.url), clock: world.clock });
    const key = { namespace: 'hullwatch', name: 'consolidation' };
    world.start('a', new ApiLease(client, key));
    await until(() => world.working.has('a'), 'the lease');
    const stored = server.objects.get('leases', key);
    assert.equal(stored?.apiVersion, 'coordination.k8s.io/v1');
    assert.equal(Object(stored?.['spec']).holderIdentity, 'a');
    const other = new ApiLease(client, key);
    const { signal } = new AbortController();
    const read = await other.read(signal);
    assert.ok(read);
    await assert.rejects(other.write(read.spec, { ...read, resourceVersion: '1' }, signal), {
      code: 'conflict',
    });
    await assert.rejects(other.write(read.spec, undefined, signal), { code: 'conflict' });
    await world.end();
    assert.equal(Object(server.objects.get('leases', key)?.['spec']).holderIdentity, '');
    client.close();
    await server.close();
  });
});
