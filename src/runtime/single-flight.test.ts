import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SingleFlight } from './single-flight.ts';

describe('SingleFlight', () => {
  it('runs one call a key and gives its result to all who ask meanwhile', async () => {
    const flights = new SingleFlight<string, number>();
    let calls = 0;
    const work = async () => {
      calls += 1;
      return calls;
    };
    const results = await Promise.all([
      flights.run('a', work),
      flights.run('a', work),
      flights.run('b', work),
    ]);
    assert.deepEqual(results, [1, 1, 2]);
    assert.equal(flights.size, 0);
    assert.equal(await flights.run('a', work), 3);
  });

  it('forgets a call that failed', async () => {
    const flights = new SingleFlight<string, number>();
    await assert.rejects(flights.run('a', () => Promise.reject(new Error('no'))));
    assert.equal(await flights.run('a', async () => 1), 1);
  });
});
