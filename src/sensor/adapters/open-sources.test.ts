import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { EventSource, RawRecord } from '#model/raw-event.js';
import { isRawEvent } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { sampleText } from '../testing/adapter-run.ts';
import { openSources } from './open-sources.ts';
import { parseSourceSpec } from './source-spec.ts';

const ebpf: EventSource = {
  run: ({ signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
};

function open(stdin: PassThrough, ...texts: readonly string[]): EventSource {
  return openSources({
    specs: texts.map(parseSourceSpec),
    openEbpf: () => ebpf,
    clock: new VirtualClock(),
    random: seededRandom(1),
    log: silentLogger,
    stdin,
  });
}

describe('the sources that were asked for', () => {
  it('are the one source itself when it is the only one, for everything', () => {
    assert.equal(open(new PassThrough(), 'ebpf'), ebpf);
  });

  it('leave out what they were not asked for', async () => {
    const stdin = new PassThrough();
    const stop = new AbortController();
    const records: RawRecord[] = [];
    const run = open(stdin, 'ig:-=dns+exec', 'ebpf').run({
      onRecords: (batch) => records.push(...batch),
      signal: stop.signal,
    });
    stdin.write(sampleText('ig'));
    await settle();
    stop.abort();
    await run;
    const types = records.filter(isRawEvent).map(({ type }) => type);
    assert.deepEqual(types, ['exec', 'dns', 'dns']);
  });

  it('wait for files that are not there yet, and say which until they are', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'open-sources-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const place = join(folder, 'events.log');
    const clock = new VirtualClock();
    const until = async (isSo: () => boolean) => {
      for (let look = 0; look < 200_000 && !isSo(); look += 1) {
        await clock.advance(50);
        await settle();
      }
      assert.ok(isSo());
    };
    for (const specs of [[`ig:${place}`], [`ig:${place}=exec`, `ig:${place}=dns`]]) {
      const troubles: (readonly [string, string | undefined])[] = [];
      const records: RawRecord[] = [];
      const stop = new AbortController();
      t.after(() => stop.abort());
      const run = openSources({
        ...{ specs: specs.map(parseSourceSpec), openEbpf: () => ebpf, clock },
        ...{ random: seededRandom(1), log: silentLogger, stdin: new PassThrough() },
        onTrouble: (name, trouble) => troubles.push([name, trouble]),
      }).run({ onRecords: (batch) => records.push(...batch), signal: stop.signal });
      await until(() => troubles.length === specs.length);
      const waiting = specs.map((name) => [name, `${place} does not exist yet`]);
      assert.deepEqual([...troubles].sort(), waiting.sort());
      assert.deepEqual(records, []);
      writeFileSync(place, sampleText('ig'));
      await until(() => records.filter(isRawEvent).some(({ type }) => type === 'dns'));
      await until(() => specs.every((name) => isWell(troubles, name)));
      assert.equal(records.filter(({ type }) => type === 'ready').length, 1);
      stop.abort();
      await run;
      rmSync(place);
    }
  });

  it('are refused when there is none, or what is there once is used twice', () => {
    const stdin = new PassThrough();
    assert.throws(() => open(stdin), { code: 'invalid', message: /expected at least one/ });
    assert.throws(() => open(stdin, 'ig:-', 'tetragon:-=bpf'), { message: /standard input/ });
    assert.throws(() => open(stdin, 'ebpf=exec', 'ebpf=open'), {
      message: /ebpf may be used once/,
    });
  });
});

/** What was told of it last is that nothing is wrong. */
function isWell(troubles: readonly (readonly [string, string | undefined])[], name: string) {
  return troubles.findLast(([told]) => told === name)?.[1] === undefined;
}
