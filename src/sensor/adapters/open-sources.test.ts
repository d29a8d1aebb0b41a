import assert from 'node:assert/strict';
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

  it('are refused when there is none, or what is there once is used twice', () => {
    const stdin = new PassThrough();
    assert.throws(() => open(stdin), { code: 'invalid', message: /expected at least one/ });
    assert.throws(() => open(stdin, 'ig:-', 'tetragon:-=bpf'), { message: /standard input/ });
    assert.throws(() => open(stdin, 'ebpf=exec', 'ebpf=open'), {
      message: /ebpf may be used once/,
    });
  });
});
