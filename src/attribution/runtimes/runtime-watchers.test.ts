import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '#runtime/virtual-clock.js';
import { STAGED_RUNTIMES, type StagedContainer } from './testing/staged-runtimes.ts';
import { START_MS, Watching } from './testing/watching.ts';

let pids = 100;

/** A container that starts now, in a cgroup of its own. */
function begun(watching: Watching, id: string, ageMs = 0): StagedContainer {
  pids += 1;
  watching.proc.add(pids, { ageMs, cgroup: `/pods/${id}` });
  return { id, pid: pids, startedAtMs: watching.clock.now() - ageMs };
}

/** The processes of these tests do not age while the clock moves on. */
function assertNear(actualMs: number, expectedMs: number): void {
  assert.ok(Math.abs(actualMs - expectedMs) <= 600, `${actualMs} is not ${expectedMs}`);
}

for (const [name, start] of Object.entries(STAGED_RUNTIMES)) {
  const staged = async () => {
    const runtime = await start();
    const watching = new Watching();
    /** One more container, so that everything told before has had its effect. */
    const mark = async () => {
      const container = begun(watching, `mark${pids}`);
      runtime.start(container, true);
      await watching.has(`+${container.id}:${container.pid}`);
      const isMark = (line: string) => line.startsWith('+mark');
      return watching.lines.filter((line) => !isMark(line));
    };
    const ready = async () => {
      watching.watch(runtime);
      runtime.start(begun(watching, 'mark'), false);
      await watching.has(`+mark:${pids}`);
    };
    return { runtime, watching, mark, ready };
  };

  describe(`watching containers by ${name}`, () => {
    it('tells of a container once, and of its end once with the exit code', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const web = begun(watching, 'web');
      runtime.start(web, true);
      await watching.has(`+web:${web.pid}`);
      runtime.end(web, 3, true);
      await watching.has('-web 3');
      runtime.remove(web, true);
      assert.deepEqual(await mark(), [`+web:${web.pid}`, '-web 3']);
      const removal = watching.events.find(({ type }) => type === 'container-removed');
      assert.equal(removal?.timeMs, 1_000_500);
    });

    it('tells who it is, with its cgroup, and since when it runs', async () => {
      const { runtime, watching, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const web = begun(watching, 'web');
      runtime.start(web, true);
      await watching.has(`+web:${web.pid}`);
      const container = watching.container(`+web:${web.pid}`);
      assert.equal(container.cgroupId, watching.proc.add(web.pid, { cgroup: '/pods/web' }));
      assert.equal(container.preExisting, false);
      assertNear(container.startedAtMs, web.startedAtMs);
    });

    it('does not take the cgroup of the runtime for that of the container', async () => {
      const { runtime, watching, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const web = begun(watching, 'web');
      watching.proc.add(web.pid, { cgroup: '/system.slice/runtime.service' });
      runtime.start(web, true);
      await watching.has(`+web:${web.pid}`);
      assert.equal(watching.container(`+web:${web.pid}`).cgroupId, undefined);
    });

    it('tells of what runs already as pre-existing, and nothing of what has ended', async () => {
      const { runtime, watching, mark } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      const [old, young, done] = [
        begun(watching, 'old', 5_000),
        begun(watching, 'young'),
        begun(watching, 'done', 9_000),
      ];
      runtime.start(old, false);
      runtime.start(young, false);
      runtime.start(done, false);
      runtime.end(done, 0, false);
      watching.watch(runtime);
      await watching.has(`+old:${old.pid}`);
      await watching.has(`+young:${young.pid}`);
      const container = watching.container(`+old:${old.pid}`);
      assert.equal(container.preExisting, true);
      assertNear(container.startedAtMs, START_MS - 5_000);
      assert.equal(watching.container(`+young:${young.pid}`).preExisting, true);
      runtime.end(old, 0, true);
      await watching.has('-old 0');
      assert.equal((await mark()).length, 3);
    });

    it('delivers what it missed while the stream was broken, each once', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const [stays, ends] = [begun(watching, 'stays'), begun(watching, 'ends')];
      for (const each of [stays, ends]) {
        runtime.start(each, true);
        await watching.has(`+${each.id}:${each.pid}`);
      }
      runtime.dropStreams();
      runtime.end(ends, 137, false);
      const late = begun(watching, 'late', 5_000);
      runtime.start(late, false);
      await watching.has(`+late:${late.pid}`);
      await watching.has('-ends 137');
      const expected = [
        ...[`+ends:${ends.pid}`, `+late:${late.pid}`, `+stays:${stays.pid}`],
        '-ends 137',
      ];
      assert.deepEqual([...(await mark())].sort(), expected);
      assert.equal(watching.container(`+late:${late.pid}`).preExisting, true);
    });

    it('keeps what it knows while the runtime is away, says so, and recovers', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const web = begun(watching, 'web');
      runtime.start(web, true);
      await watching.has(`+web:${web.pid}`);
      runtime.stop();
      await watching.until(() => watching.health.conditions().length > 0, 'the condition');
      await watching.clock.advance(60_000);
      await runtime.listen();
      await watching.until(() => watching.health.conditions().length === 0, 'the recovery');
      assert.deepEqual(await mark(), [`+web:${web.pid}`]);
    });

    it('waits for a runtime that is not there yet', async () => {
      const { runtime, watching } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      const web = begun(watching, 'web', 5_000);
      runtime.start(web, false);
      runtime.stop();
      watching.watch(runtime);
      await watching.until(() => watching.health.conditions().length > 0, 'the condition');
      await runtime.listen();
      await watching.has(`+web:${web.pid}`);
    });

    it('is not held up by one container that is read slowly, and keeps its order', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const reading = Promise.withResolvers<void>();
      runtime.holdUp('slow', () => reading.promise);
      const slow = begun(watching, 'slow');
      runtime.start(slow, true);
      assert.deepEqual(await mark(), []);
      reading.resolve();
      await watching.has(`+slow:${slow.pid}`);
      runtime.end(slow, 0, true);
      await watching.has('-slow 0');
      assert.deepEqual(await mark(), [`+slow:${slow.pid}`, '-slow 0']);
    });

    it('tries again when a container cannot be read, and soon finds it with a list otherwise', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      let failures = 4;
      runtime.holdUp('web', () => {
        failures -= 1;
        if (failures >= 0) throw runtime.failure;
      });
      const web = begun(watching, 'web');
      runtime.start(web, true);
      await watching.has(`+web:${web.pid}`);
      assert.ok(watching.clock.now() - START_MS < 20_000, 'it waited for the regular list');
      assert.deepEqual(await mark(), [`+web:${web.pid}`]);
    });

    it('finds by its lists what no event told of', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const [a, b] = [begun(watching, 'a'), begun(watching, 'b')];
      runtime.start(a, true);
      await watching.has(`+a:${a.pid}`);
      runtime.remove(a, false);
      runtime.start(b, false);
      await watching.has('-a unknown');
      await watching.has(`+b:${b.pid}`);
      assert.equal((await mark()).length, 3);
    });

    it('survives containers that vanish before they are read', async () => {
      const { runtime, watching, mark, ready } = await staged();
      await using _runtime = runtime;
      await using _watching = watching;
      await ready();
      const gone = begun(watching, 'gone');
      runtime.start(gone, true);
      runtime.remove(gone, false);
      await settle();
      runtime.remove(gone, true);
      assert.deepEqual(
        (await mark()).filter((line) => !line.includes('gone')),
        [],
      );
    });
  });
}
