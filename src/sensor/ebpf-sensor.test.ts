import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RawRecord } from '#model/raw-event.js';
import type { Logger } from '#runtime/log.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { EbpfSensor, type EbpfSensorOptions } from './ebpf-sensor.ts';

const folder = mkdtempSync(join(tmpdir(), 'hullwatch-fake-loader-'));
after(() => rmSync(folder, { recursive: true }));

const FAKE_LOADER = new URL('./testing/fake-loader.ts', import.meta.url).href;
/** Node as a loader, which finds the rooms' sources. */
const NODE = join(folder, 'node');
writeFileSync(NODE, `#!/bin/sh\nexec '${process.execPath}' --conditions=source "$@"\n`, {
  mode: 0o755,
});
let scripts = 0;

/** A sensor whose loader is Node and whose object is a script that it plays. */
function sensorThat(
  script: string,
  {
    log = silentLogger,
    options = {},
  }: { readonly log?: Logger; readonly options?: EbpfSensorOptions } = {},
) {
  scripts += 1;
  const objectPath = join(folder, `loader-${scripts}.mjs`);
  writeFileSync(
    objectPath,
    `import { playLoader } from '${FAKE_LOADER}';\nawait playLoader('${script}');\n`,
  );
  const clock = new VirtualClock(1_700_000_000_000);
  const files = { loaderPath: NODE, objectPath };
  return { clock, sensor: new EbpfSensor({ files, clock, log, options }) };
}

/** Runs until `enough` says so, then aborts; gives what was delivered by the time it settled. */
async function recordsUntil(
  sensor: EbpfSensor,
  enough: (records: readonly RawRecord[]) => boolean,
): Promise<readonly RawRecord[]> {
  const controller = new AbortController();
  const records: RawRecord[] = [];
  const onRecords = (batch: readonly RawRecord[]) => {
    records.push(...batch);
    if (enough(records)) controller.abort();
  };
  await sensor.run({ onRecords, signal: controller.signal });
  return records;
}

const noRecords = () => assert.fail('there were records');

const hasType = (type: RawRecord['type']) => (records: readonly RawRecord[]) =>
  records.some((record) => record.type === type);

async function outcomeOf(script: string): Promise<{ error: Error; records: RawRecord[] }> {
  const records: RawRecord[] = [];
  const { sensor } = sensorThat(script);
  const { signal } = new AbortController();
  const error: Error = await sensor
    .run({ onRecords: (batch) => records.push(...batch), signal })
    .then(
      () => assert.fail('the run did not fail'),
      (reason: Error) => reason,
    );
  return { error, records };
}

describe('EbpfSensor', () => {
  it('delivers records in order, and those that the loader tells while it ends', async () => {
    const { sensor, clock } = sensorThat('ready open=1000 lost=2 wait open=3 totals');
    const records = await recordsUntil(sensor, hasType('lost'));
    const seqs = records.flatMap((record) => (record.type === 'open' ? [record.seq] : []));
    assert.deepEqual(
      seqs,
      [...Array(1000).keys(), 1002, 1003, 1004].map((seq) => seq + 1),
    );
    assert.equal(records[0]?.type, 'ready');
    const totals = records.at(-1);
    assert.ok(totals?.type === 'totals');
    assert.deepEqual([totals.emitted, totals.lost], [1005, 2]);
    assert.equal(clock.pending, 0);
  });

  it('hands its options to the loader', async () => {
    const options = { ringBytes: 65536, wakeBytes: 1024, dedupMs: 0, tellsHost: true };
    const { sensor } = sensorThat('ready args wait totals', { options });
    const [, exec] = await recordsUntil(sensor, hasType('exec'));
    assert.ok(exec?.type === 'exec');
    assert.deepEqual(exec.args, [
      ...['--ring-bytes', '65536', '--wake-bytes', '1024', '--dedup-ms', '0', '--host'],
    ]);
  });

  it('leaves out options that have the loader’s defaults', async () => {
    const { sensor } = sensorThat('ready args wait totals', { options: { tellsHost: false } });
    const [, exec] = await recordsUntil(sensor, hasType('exec'));
    assert.deepEqual(exec?.type === 'exec' && exec.args, []);
  });

  it('tells each loader that it starts what is wanted', async () => {
    const { sensor } = sensorThat('ready heard=4 wait totals');
    sensor.control.demand({ types: new Set(['exec']), openPrefixes: ['/etc'] });
    sensor.control.narrow(4242, true);
    for (let run = 0; run < 2; run += 1) {
      const [, exec] = await recordsUntil(sensor, hasType('exec'));
      assert.deepEqual(exec?.type === 'exec' && exec.args, [
        ...['types 1', 'open-prefixes 1', '/etc', 'narrow 4242 1'],
      ]);
    }
  });

  it('tells a loader at work what changes, and survives one that does not listen any more', async () => {
    const { sensor } = sensorThat('ready heard=1 die');
    const { signal } = new AbortController();
    const heard: unknown[] = [];
    const onRecords = (batch: readonly RawRecord[]) => {
      for (const record of batch) {
        if (record.type === 'ready') sensor.control.reopen(77);
        if (record.type === 'exec') heard.push(...record.args);
      }
      for (let id = 1; id < 5_000; id += 1) sensor.control.narrow(id, heard.length === 0);
    };
    await assert.rejects(sensor.run({ onRecords, signal }), { code: 'unavailable' });
    sensor.control.reopen();
    assert.deepEqual(heard, ['reopen 77']);
  });

  it('starts nothing when it was aborted before', async () => {
    const { sensor } = sensorThat('exit=3');
    await sensor.run({ onRecords: noRecords, signal: AbortSignal.abort() });
  });

  it('rejects with the last words of a loader that cannot start', async () => {
    const { error, records } = await outcomeOf('say=no-BTF exit=1');
    assert.equal((error as { code?: string }).code, 'unavailable');
    assert.match(error.message, /exit code 1.*no-BTF/);
    assert.deepEqual(records, []);
  });

  it('rejects when there is no loader', async () => {
    const files = { loaderPath: join(folder, 'absent'), objectPath: 'x' };
    const sensor = new EbpfSensor({ files, clock: new VirtualClock(), log: silentLogger });
    const { signal } = new AbortController();
    await assert.rejects(sensor.run({ onRecords: noRecords, signal }), {
      code: 'unavailable',
      message: /ENOENT/,
    });
  });

  it('rejects when the loader dies, having delivered what was whole and nothing more', async () => {
    const { error, records } = await outcomeOf('ready open=5 half die');
    assert.match(error.message, /ended by itself \(SIGKILL\)/);
    assert.deepEqual(
      records.map(({ type }) => type),
      ['ready', 'open', 'open', 'open', 'open', 'open'],
    );
  });

  it('rejects when the loader ends in order but unasked', async () => {
    const { error, records } = await outcomeOf('ready open=2 totals');
    assert.match(error.message, /ended by itself \(exit code 0\)/);
    assert.equal(records.at(-1)?.type, 'totals');
  });

  it('goes on behind bytes that are no frame', async () => {
    const { sensor } = sensorThat('ready garbage open=1 wait totals');
    const records = await recordsUntil(sensor, hasType('open'));
    assert.deepEqual(
      records.map(({ type }) => type),
      ['ready', 'damaged', 'open', 'totals'],
    );
  });

  it('kills a loader that does not end in time', async () => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const { sensor, clock } = sensorThat('ready hang', { log });
    const controller = new AbortController();
    let isReady = () => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    const running = sensor.run({ onRecords: () => isReady(), signal: controller.signal });
    await ready;
    controller.abort();
    await clock.advance(10_000);
    await running;
    assert.deepEqual(warnings, ['sensor ended without its totals']);
  });

  it('gives up on a loader that never gets ready', async () => {
    const { sensor, clock } = sensorThat('hang');
    const { signal } = new AbortController();
    const running = sensor.run({ onRecords: noRecords, signal });
    const refused = assert.rejects(running, { code: 'unavailable', message: /not ready/ });
    await clock.advance(60_000);
    await refused;
  });

  it('ends and rejects with what the receiver of records threw', async () => {
    const { sensor } = sensorThat('ready open=1 hang');
    const { signal } = new AbortController();
    const broken = new TypeError('broken receiver');
    const onRecords = () => {
      throw broken;
    };
    await assert.rejects(sensor.run({ onRecords, signal }), broken);
  });

  it('logs what the loader says, line by line', async () => {
    const lines: unknown[] = [];
    const log = { ...silentLogger, warn: (_: string, fields?: object) => lines.push(fields) };
    const { sensor } = sensorThat('say=one say=two ready wait totals', { log });
    await recordsUntil(sensor, hasType('ready'));
    assert.deepEqual(lines, [{ line: 'one' }, { line: 'two' }]);
  });
});
