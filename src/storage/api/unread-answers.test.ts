import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { PROFILES, profile, ServedApi } from './testing/served-api.ts';
import { UnreadAnswers } from './unread-answers.ts';

class Reader extends EventEmitter {
  isGone = false;

  end(): void {}

  destroy(): void {
    this.isGone = true;
    this.emit('close');
  }

  read(): void {
    this.emit('close');
  }
}

describe('UnreadAnswers', () => {
  let clock: VirtualClock;
  let unread: UnreadAnswers;
  const given = (bytes: number) => {
    const reader = new Reader();
    unread.end(reader, 'x'.repeat(bytes));
    return reader;
  };
  beforeEach(() => {
    clock = new VirtualClock();
    unread = new UnreadAnswers(100, clock);
  });

  it('lets go of those who wait the longest when too much waits', () => {
    const readers = [given(40), given(40), given(10)];
    readers[1]?.read();
    assert.equal(unread.bytes, 50);
    readers.push(given(60), given(30));
    assert.deepEqual(
      readers.map(({ isGone }) => isGone),
      [true, false, false, false, false],
    );
    assert.equal(unread.bytes, 100);
  });

  it('gives an answer that is larger than all together may be', () => {
    const [before, large] = [given(1), given(1_000)];
    assert.deepEqual([before.isGone, large.isGone], [true, false]);
    large.read();
    assert.equal(unread.bytes, 0);
  });

  it('lets go of who takes longer than a minute', async () => {
    const slow = given(1);
    await clock.advance(59_000);
    const other = given(1);
    assert.equal(slow.isGone, false);
    await clock.advance(1_000);
    given(0);
    assert.deepEqual([slow.isGone, other.isGone, unread.bytes], [true, false, 1]);
  });
});

describe('ApiServer', () => {
  it('lets go of a client that reads nothing when too much waits', async () => {
    const size = 20_000_000;
    const api = await ServedApi.start({ limits: { unreadBytes: 1_000, bodyBytes: 2 * size } });
    await api.create(profile('a', {}, { imageTag: 'x'.repeat(size) }));
    const socket = connect(Number(new URL(api.server.url).port), '127.0.0.1');
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.pause();
    socket.write(`GET ${PROFILES}/a HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
    while (api.server.counts.requests < 2) await setImmediate();
    while (api.server.counts.inFlight > 0) await setImmediate();
    assert.equal((await api.ask(`${PROFILES}/b`)).code, 404);
    let readBytes = 0;
    socket.on('data', (chunk) => {
      readBytes += chunk.length;
    });
    socket.resume();
    await closed;
    assert.ok(readBytes < size, `${readBytes} bytes were kept`);
    await api.stop();
  });

  it('says whether it is well even when it has too much to do', async () => {
    const api = await ServedApi.start({ limits: { inFlight: 0 } });
    const codes = [];
    for (const path of ['/livez', '/version', PROFILES]) codes.push((await api.ask(path)).code);
    assert.deepEqual(codes, [200, 429, 429]);
    await api.stop();
  });
});
