// What is said over HTTP again and again, set aside by the real kernel side: a process in a cgroup with a container's name
// talks to itself over connections that stay open.
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpEvent, isRawEvent, type RawRecord } from '#model/raw-event.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { findLiveMachine, TestCgroups } from '#sensor/testing/live-machine.js';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';

const isRequired = process.env['HULLWATCH_LIVE'] === 'required';
const machine = findLiveMachine();
const skip = isRequired ? false : (machine.skip ?? false);
/** Of http, in the proportion of docs/dedup.md: about 3 s. */
const DEDUP_MS = 15_000;
const WINDOW_MS = (DEDUP_MS * 31) / 156 + 64;
/** Longer than anything waits in the kernel. */
const SETTLE_MS = 150;

/**
 * Reads lines of JSON, `[CONNECTION, MESSAGES, ANSWERS]`: has the messages sent over that connection, each read by itself,
 * then all the answers; and says when it is done.
 */
const TALKER = `
const net = require('node:net');
const clients = [];
const waiting = new Map();
const server = net.createServer((socket) => socket.on('data', () => {
  const { client, messages, answers } = waiting.get(socket.remotePort);
  if (messages.length > 0) client.write(messages.shift());
  else for (const answer of answers) socket.write(answer);
}));
require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const [connection, messages, answers] = JSON.parse(line);
  if (!server.listening) await new Promise((done) => server.listen(0, '127.0.0.1', done));
  let client = clients[connection];
  if (!client) {
    client = clients[connection] = net.connect(server.address().port, '127.0.0.1');
    await new Promise((done) => client.once('connect', done));
  }
  waiting.set(client.localPort, { client, messages, answers });
  const wanted = answers.join('').length;
  let got = 0;
  client.removeAllListeners('data');
  client.on('data', (data) => { if ((got += data.length) >= wanted) console.log('done'); });
  client.write(messages.shift());
});
console.log('done');
`;

const asking = (url: string, header = 'a: b') =>
  `GET ${url} HTTP/1.1\r\nHost: shop\r\n${header}\r\n\r\n`;
let dates = 0;
/** No two answers have the same bytes. */
function answering(status: number): string {
  dates += 1;
  return `HTTP/1.1 ${status} X\r\nDate: ${dates}\r\nContent-Length: 2\r\n\r\nok`;
}

describe('HTTP that is said again and again', { skip }, () => {
  const records: RawRecord[] = [];
  const cgroups = new TestCgroups();
  const ending = new AbortController();
  let sensor: EbpfSensor;
  let running: Promise<void>;
  let talker: ChildProcessWithoutNullStreams;
  let cgroupId = 0;

  before(async () => {
    if (machine.skip !== undefined) assert.fail(machine.skip);
    ensureSensor();
    sensor = new EbpfSensor({
      ...{ files: machine.files, clock: systemClock, log: silentLogger },
      options: { dedupMs: DEDUP_MS },
    });
    const onRecords = (batch: readonly RawRecord[]) => records.push(...batch);
    running = sensor.run({ onRecords, signal: ending.signal });
    await waitFor('the sensor', () => records.some(({ type }) => type === 'ready'), 10_000);
    const names = [`hullwatch-http-${process.pid}`, 'c0ffee'.padEnd(64, '1')];
    const cgroup = cgroups.make(machine.cgroupRoot, ...names);
    talker = spawn(process.execPath, ['-e', TALKER]);
    await once(talker.stdout, 'data');
    writeFileSync(join(cgroup, 'cgroup.procs'), String(talker.pid));
  });

  after(async () => {
    talker?.kill('SIGKILL');
    if (talker?.exitCode === null && talker.signalCode === null) await once(talker, 'exit');
    ending.abort();
    await running;
    cgroups.remove();
  });

  /** Has that said, and gives what was told of it: of each message direction, URL and status. */
  function say(connection: number, request: string, ...answers: readonly string[]) {
    return sayAll(connection, [request], answers);
  }

  async function sayAll(
    connection: number,
    messages: readonly string[],
    answers: readonly string[],
  ) {
    const from = records.length;
    talker.stdin.write(`${JSON.stringify([connection, messages, answers])}\n`);
    await once(talker.stdout, 'data');
    await sleep(SETTLE_MS);
    const told = records
      .slice(from)
      .filter((record): record is HttpEvent => isRawEvent(record) && record.type === 'http');
    cgroupId = told[0]?.cgroupId ?? cgroupId;
    return told.map(({ direction, method, url, headers, answerStatus = 'asks' }) =>
      [direction, method, url, headers['a']?.[0], answerStatus].join(' '),
    );
  }

  const bothSides = (url: string, outcome: number | 'asks', header = 'b') =>
    ['inbound', 'outbound'].map((direction) => `${direction} GET ${url} ${header} ${outcome}`);
  const sorted = (told: readonly string[]) => told.toSorted();

  it('is told once, whatever the connection and whatever else the answer says', async () => {
    const first = await say(0, asking('/a'), answering(200));
    assert.deepEqual(sorted(first), sorted([...bothSides('/a', 'asks'), ...bothSides('/a', 200)]));
    assert.deepEqual(await say(0, asking('/a'), answering(200)), []);
    assert.deepEqual(await say(1, asking('/a'), answering(200)), []);
  });

  it('tells another answer with the request that it is for', async () => {
    await say(2, asking('/b'), answering(200));
    await say(3, asking('/c'), answering(200));
    // Over a connection by which something else was asked last.
    assert.deepEqual(sorted(await say(3, asking('/b'), answering(503))), bothSides('/b', 503));
    assert.deepEqual(await say(2, asking('/b'), answering(503)), []);
    assert.deepEqual(sorted(await say(2, asking('/c'), answering(503))), bothSides('/c', 503));
  });

  it('keeps the request for the answers that are not the last', async () => {
    await say(0, asking('/d'), answering(200));
    const told = await say(1, asking('/d'), answering(100), answering(500));
    assert.deepEqual(sorted(told.filter((line) => line.startsWith('inbound'))), [
      'inbound GET /d b 100',
      'inbound GET /d b 500',
    ]);
  });

  it('tells an answer without a request when nothing was asked before it', async () => {
    await say(4, asking('/e'), answering(200));
    const told = await say(4, 'ping-pong', answering(200));
    assert.deepEqual(sorted(told), ['inbound    200', 'outbound    200']);
  });

  it('names no request when several wait, and the next that waits alone', async () => {
    const told = await sayAll(5, [asking('/h'), asking('/i')], [answering(201), answering(404)]);
    const asked = [...bothSides('/h', 'asks'), ...bothSides('/i', 'asks')];
    assert.deepEqual(sorted(told.filter((line) => line.endsWith('asks'))), sorted(asked));
    // The client may get both in one piece.
    const answers = told.filter((line) => !line.endsWith('asks') && line.startsWith('inbound'));
    assert.deepEqual(sorted(answers), ['inbound    201', 'inbound    404']);
    const next = await say(5, asking('/i'), answering(201));
    assert.deepEqual(
      next.filter((line) => line.startsWith('inbound')),
      ['inbound GET /i b 201'],
    );
  });

  it('takes nothing for an answer that goes the way of the request', async () => {
    const told = await sayAll(6, [asking('/spoof'), answering(299)], [answering(500)]);
    // Who sends an answer is taken for the server, and who gets it for the client.
    assert.deepEqual(
      sorted(told),
      sorted([
        ...bothSides('/spoof', 'asks'),
        ...['inbound    299', 'outbound    299'],
        ...bothSides('/spoof', 500),
      ]),
    );
  });

  it('tells what differs in a header', async () => {
    await say(0, asking('/f'), answering(200));
    const told = await say(0, asking('/f', 'a: c'), answering(200));
    assert.deepEqual(
      sorted(told),
      sorted([...bothSides('/f', 'asks', 'c'), ...bothSides('/f', 200, 'c')]),
    );
  });

  it('is told again when the windows are opened, and after the window', async () => {
    const all = sorted([...bothSides('/g', 'asks'), ...bothSides('/g', 200)]);
    assert.deepEqual(sorted(await say(0, asking('/g'), answering(200))), all);
    sensor.control.reopen(cgroupId);
    await sleep(SETTLE_MS);
    assert.deepEqual(sorted(await say(0, asking('/g'), answering(200))), all);
    assert.deepEqual(await say(0, asking('/g'), answering(200)), []);
    await sleep(WINDOW_MS);
    assert.deepEqual(sorted(await say(0, asking('/g'), answering(200))), all);
  });

  it('counts what was set aside', async () => {
    await sleep(1_200);
    const counted = records.reduce(
      (sum, record) => sum + (record.type === 'suppressed' ? (record.duplicates.http ?? 0) : 0),
      0,
    );
    assert.ok(counted >= 20, String(counted));
    assert.ok(!records.some(({ type }) => type === 'lost' || type === 'damaged'));
  });
});
