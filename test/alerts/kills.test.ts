import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { FaultyReceiver, type Received } from './faulty-receiver.ts';

/** `HULLWATCH_ALERTS=10000 HULLWATCH_ALERT_KILLS=50`: how many alerts, and how often their agent is killed. */
const ALERTS = Number(process.env['HULLWATCH_ALERTS'] ?? 400);
const KILLS = Number(process.env['HULLWATCH_ALERT_KILLS'] ?? 5);
const TIMEOUT_MS = 60_000 + KILLS * 5_000 + ALERTS * 60;
const STORM = fileURLToPath(new URL('./alert-storm.ts', import.meta.url));
const SINKS = ['/single', '/bulk', '/large'];

interface Life {
  readonly spool: string;
  readonly url: string;
  readonly first: number;
  readonly last: number;
  /** How long after it has opened its spool it is killed; absent: it ends by itself. */
  readonly killAfterMs?: number;
}

/** One life of an agent: returns the numbers of the alerts that it accepted. */
async function live({ spool, url, first, last, killAfterMs }: Life): Promise<readonly number[]> {
  const args = ['--conditions=source', STORM, spool, url, `${first}`, `${last}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const accepted: number[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== 'opened') accepted.push(Number(line));
      else if (killAfterMs !== undefined) sleep(killAfterMs).then(() => child.kill('SIGKILL'));
    }
  } finally {
    if (killAfterMs !== undefined) child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  // A kill that comes too late finds an agent that has ended by itself.
  assert.ok(code === 0 || signal === 'SIGKILL', `the agent ended with ${code ?? signal}`);
  return accepted;
}

/** Lives that end by a kill, and one that ends by itself; returns the numbers that were accepted. */
async function liveAndDie(place: Pick<Life, 'spool' | 'url'>, random: Random) {
  const accepted = new Set<number>();
  // Not all alerts at once, so that each kill finds an agent at work.
  const share = Math.ceil(ALERTS / (KILLS + 1));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const first = accepted.size + 1;
    const last = Math.min(ALERTS, accepted.size + share);
    const numbers = await live({ ...place, first, last, killAfterMs: random.next() * 150 });
    for (const number of numbers) accepted.add(number);
    assert.equal(accepted.size, Math.max(0, ...accepted), 'accepted in order');
  }
  const rest = await live({ ...place, first: accepted.size + 1, last: ALERTS });
  for (const number of rest) accepted.add(number);
  return accepted;
}

/** Each that was accepted came, and each time with the key that is its own. Returns how many came more than once. */
function check(accepted: ReadonlySet<number>, received: Received): number {
  const lost = [...accepted].filter((number) => !received.has(`alert ${number}`));
  assert.deepEqual(lost, []);
  const several = [...received].filter(([, { keys }]) => keys.size !== 1);
  assert.deepEqual(several, [], 'a duplicate has the same key');
  const keys = new Set([...received.values()].flatMap((each) => [...each.keys]));
  assert.equal(keys.size, received.size, 'no two alerts share a key');
  return [...received.values()].filter(({ times }) => times > 1).length;
}

describe('alerts', { timeout: TIMEOUT_MS }, () => {
  let folder: string;
  const seed = Math.floor(performance.timeOrigin) % 1_000_000;
  const random = seededRandom(seed);
  const receiver = new FaultyReceiver(random);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-alert-kills-'));
  });
  after(async () => {
    await receiver.stop();
    rmSync(folder, { recursive: true });
  });

  it(`${ALERTS} that were accepted reach each of ${SINKS.length} sinks that fail half the time, with ${KILLS} kills of the agent (seed ${seed})`, async () => {
    const url = await receiver.start();
    const accepted = await liveAndDie({ spool: join(folder, 'alerts.db'), url }, random);
    assert.equal(accepted.size, ALERTS);
    const twice = SINKS.map((sink) => check(accepted, receiver.received.get(sink) ?? new Map()));
    assert.ok(receiver.failures > KILLS, 'the receiver failed');
    assert.ok(Math.max(...twice) > 0, 'some came twice, as they must when an answer is lost');
  });
});
