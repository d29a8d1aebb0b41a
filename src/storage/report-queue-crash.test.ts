import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ReportQueue } from '#learning/report-queue.js';
import { annotationOf, pathsOf } from '#learning/testing/sample-reports.js';
import { ZERO_TIME } from '#model/annotations.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { SqliteQueueFile } from './report-queue.ts';
import { withFolder } from './testing/temporary-folder.ts';

const WRITER = fileURLToPath(new URL('./testing/queue-crash-writer.ts', import.meta.url));
const ROUNDS = 8;

interface Told {
  readonly put?: readonly string[];
  readonly removing?: readonly string[];
  readonly removed?: readonly string[];
}

/** What the writer told before it was killed, some turns of the loop after its line number `lines`. */
async function writeAndKill(
  file: string,
  round: number,
  kill: { readonly lines: number; readonly spins: number },
): Promise<readonly Told[]> {
  const child = spawn(process.execPath, ['--conditions=source', WRITER, file, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const told: Told[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(JSON.parse(line));
      if (told.length !== kill.lines) continue;
      const clock = new VirtualClock();
      for (let turn = 0; turn < kill.spins; turn += 1) await clock.advance(0);
      child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  assert.equal((await ended)[1], 'SIGKILL', 'the writer must not end by itself');
  return told;
}

function learnedPaths(queue: ReportQueue): readonly string[] {
  return queue
    .heads()
    .flatMap(({ seriesId }) => queue.reportsOf(seriesId))
    .flatMap((each) => pathsOf(queue.read(each)))
    .filter((path) => !path.startsWith('/xx'));
}

/** Each report follows the one before it. The first may follow one that was removed. */
function assertChains(queue: ReportQueue): void {
  for (const { seriesId } of queue.heads()) {
    const reports = queue.reportsOf(seriesId).map((each) => queue.read(each));
    const times = reports.map((each) => annotationOf(each, 'reportTimestamp') ?? ZERO_TIME);
    const previous = reports.map((each) => annotationOf(each, 'previousReportTimestamp'));
    assert.deepEqual(previous.slice(1), times.slice(0, -1));
  }
}

/** What must be in the queue, by what its writers told. */
class Ledger {
  puts = 0;
  readonly #expected = new Set<string>();
  /** On its way out when the process was killed. */
  readonly #unsure = new Set<string>();

  note({ put = [], removing = [], removed = [] }: Told): void {
    if (put.length > 0) this.puts += 1;
    for (const each of put) this.#expected.add(each);
    for (const each of removing) this.#unsure.add(each);
    for (const each of removed) this.#expected.delete(each);
  }

  check(found: readonly string[], message: string): void {
    assert.equal(new Set(found).size, found.length, `${message}: doubled`);
    const isLost = (each: string) => !found.includes(each) && !this.#unsure.has(each);
    assert.deepEqual([...this.#expected].filter(isLost), [], `${message}: lost`);
    // One report may have been put without a word of it, before the kill.
    const untold = found.filter((each) => !this.#expected.has(each));
    assert.ok(untold.length <= 2, `${message}: ${untold} should be gone`);
    for (const each of untold) this.#expected.add(each);
  }
}

describe('ReportQueue after its process was killed', () => {
  it('has everything that was put, once, and nothing that was removed', () =>
    withFolder(async (folder) => {
      const path = `${folder}/queue.db`;
      const random = seededRandom(process.pid);
      const ledger = new Ledger();
      for (let round = 0; round < ROUNDS; round += 1) {
        const lines = 2 + Math.floor(random.next() * 40);
        const spins = Math.floor(random.next() * 400);
        const all = await writeAndKill(path, round, { lines, spins });
        for (const told of all) ledger.note(told);
        const file = new SqliteQueueFile({ path, log: silentLogger });
        const queue = new ReportQueue({ file, clock: new VirtualClock(), log: silentLogger });
        ledger.check(learnedPaths(queue), `seed ${process.pid} round ${round}`);
        assertChains(queue);
        file.close();
      }
      assert.ok(ledger.puts > ROUNDS, 'the writers wrote');
    }));
});
