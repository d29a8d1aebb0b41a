import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ChunkLines } from './chunk-lines.ts';
import { FollowedFile } from './followed-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'followed-file-'));
  path = join(folder, 'events.log');
  writeFileSync(path, 'old\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A reading of the file, on a clock that is moved until what is waited for has come. */
class Reading {
  readonly clock = new VirtualClock();
  readonly lines: (string | undefined)[] = [];
  readonly gaps: string[] = [];
  readonly troubles: (string | undefined)[] = [];
  readonly #stop = new AbortController();
  readonly #file: FollowedFile;
  #chunks = new ChunkLines(1_000);
  #run: Promise<void> = Promise.resolve();
  #isOpen = false;

  constructor(options: { readonly from?: 'start' | 'end' } = {}) {
    const onTrouble = (trouble: string | undefined) => this.troubles.push(trouble);
    const watch = () => () => {};
    this.#file = new FollowedFile({ path, clock: this.clock, watch, onTrouble, ...options });
  }

  async start(signal = this.#stop.signal): Promise<void> {
    this.begin(signal);
    await this.until(() => this.#isOpen);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Does not wait until it is open. */
  begin(signal = this.#stop.signal): void {
    this.#isOpen = false;
    this.#run = this.#file.read({
      signal,
      onOpen: () => {
        this.#isOpen = true;
      },
      onChunk: (chunk) => this.#keep(this.#chunks.push(chunk)),
      onEnd: () => this.#keep(this.#chunks.end()),
      onGap: (reason) => {
        this.#keep(this.#chunks.end());
        this.gaps.push(reason);
      },
    });
    this.#run.catch(() => {});
  }

  /** Fails when it does not come to pass in so many looks that the slowest disk had its turn. */
  async until(isSo: () => boolean): Promise<void> {
    for (let look = 0; look < 200_000; look += 1) {
      if (isSo()) return;
      await this.clock.advance(50);
      await settle();
    }
    assert.fail(`never came to pass; lines ${JSON.stringify(this.lines)}`);
  }

  async read(count: number): Promise<void> {
    await this.until(() => this.lines.length >= count);
  }

  /** Gives it the time to look many times. */
  async look(): Promise<void> {
    let looks = 0;
    await this.until(() => {
      looks += 1;
      return looks > 500;
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#run;
    assert.equal(this.clock.pending, 0);
  }

  outcome(): Promise<void> {
    return this.#run;
  }

  #keep(lines: readonly { readonly text: string | undefined }[]): void {
    this.lines.push(...lines.map(({ text }) => text));
  }
}

describe('a file that is followed', () => {
  it('is read from its end on, as it grows', async () => {
    const reading = new Reading();
    await reading.start();
    appendFileSync(path, 'a\nb');
    await reading.read(1);
    appendFileSync(path, 'c\n');
    await reading.read(2);
    assert.deepEqual(reading.lines, ['a', 'bc']);
    await reading.stop();
  });

  it('counts as damaged the line whose start was written before', async () => {
    appendFileSync(path, '{"half"');
    const reading = new Reading();
    await reading.start();
    appendFileSync(path, ':1}\nb\n');
    await reading.read(2);
    assert.deepEqual(reading.lines, ['…:1}', 'b']);
    await reading.stop();
  });

  it('can be read from its start', async () => {
    const reading = new Reading({ from: 'start' });
    await reading.start();
    await reading.read(1);
    assert.deepEqual(reading.lines, ['old']);
    await reading.stop();
  });

  it('is read to its end after it was renamed, then the one that took its name', async () => {
    const reading = new Reading();
    await reading.start();
    appendFileSync(path, 'a\n');
    renameSync(path, `${path}.1`);
    await reading.read(1);
    writeFileSync(path, '');
    await reading.look();
    appendFileSync(`${path}.1`, 'b\n');
    await reading.read(2);
    appendFileSync(`${path}.1`, 'c');
    writeFileSync(path, 'd\n');
    await reading.read(4);
    assert.deepEqual(reading.lines, ['a', 'b', 'c', 'd']);
    assert.deepEqual(reading.gaps, []);
    await reading.stop();
  });

  it('is read from its start after it was cut, which is told as a gap', async () => {
    const reading = new Reading();
    await reading.start();
    appendFileSync(path, 'a\n');
    await reading.read(1);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    await reading.until(() => reading.gaps.length === 1);
    appendFileSync(path, 'b\n');
    await reading.read(2);
    assert.deepEqual(reading.lines, ['a', 'b']);
    assert.match(reading.gaps[0] ?? '', /cut short/);
    await reading.stop();
  });

  it('is known to have been cut although it has grown beyond where we were', async () => {
    const reading = new Reading();
    await reading.start();
    appendFileSync(path, 'a\n');
    await reading.read(1);
    writeFileSync(path, 'b\nc\nsomething long\n');
    await reading.read(4);
    assert.deepEqual(reading.lines, ['a', 'b', 'c', 'something long']);
    assert.equal(reading.gaps.length, 1);
    await reading.stop();
  });

  it('is gone on with in a further run, and told as a gap when it is another one', async () => {
    const reading = new Reading();
    const first = new AbortController();
    await reading.start(first.signal);
    appendFileSync(path, 'a\n');
    await reading.read(1);
    first.abort();
    await reading.outcome();
    appendFileSync(path, 'b\n');
    const second = new AbortController();
    await reading.start(second.signal);
    await reading.read(2);
    second.abort();
    await reading.outcome();
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'c\n');
    await reading.start();
    await reading.read(3);
    assert.deepEqual(reading.lines, ['a', 'b', 'c']);
    assert.equal(reading.gaps.length, 1);
    await reading.stop();
  });

  it('is waited for when it is not there yet, and then read from its start', async () => {
    for (const from of ['start', 'end'] as const) {
      rmSync(path);
      const reading = new Reading({ from });
      reading.begin();
      await reading.until(() => reading.troubles.length > 0);
      assert.equal(reading.isOpen, false);
      assert.deepEqual(reading.troubles, [`${path} does not exist yet`]);
      writeFileSync(path, 'a\n');
      await reading.read(1);
      appendFileSync(path, 'b\n');
      await reading.read(2);
      assert.deepEqual(reading.lines, ['a', 'b']);
      assert.deepEqual(reading.gaps, []);
      assert.deepEqual(reading.troubles.slice(1), [undefined]);
      await reading.stop();
    }
  });

  it('has no trouble left when it cannot be opened for another reason than before', async () => {
    rmSync(path);
    const reading = new Reading();
    reading.begin();
    await reading.until(() => reading.troubles.length > 0);
    mkdirSync(path);
    await reading.until(() => reading.troubles.length > 1);
    await assert.rejects(reading.outcome(), /is not a regular file/);
    assert.deepEqual(reading.troubles, [`${path} does not exist yet`, undefined]);
  });

  it('is waited for in a further run too, which is told as a gap', async () => {
    const reading = new Reading({ from: 'start' });
    const first = new AbortController();
    await reading.start(first.signal);
    await reading.read(1);
    first.abort();
    await reading.outcome();
    renameSync(path, `${path}.1`);
    reading.begin();
    await reading.until(() => reading.troubles.length > 0);
    writeFileSync(path, 'a\n');
    await reading.read(2);
    assert.deepEqual(reading.lines, ['old', 'a']);
    assert.equal(reading.gaps.length, 1);
    await reading.stop();
  });

  it('is waited for no longer than it is wanted', async () => {
    rmSync(path);
    const reading = new Reading();
    reading.begin();
    await reading.look();
    await reading.stop();
    writeFileSync(path, 'a\n');
    assert.equal(reading.isOpen, false);
    assert.deepEqual(reading.lines, []);
  });

  it('is refused when its folder is not there, or it is no file', async () => {
    const hooks = { onOpen() {}, onChunk() {}, onEnd() {}, onGap() {} };
    const { signal } = new AbortController();
    const clock = new VirtualClock();
    const missing = new FollowedFile({ path: join(folder, 'none', 'events.log'), clock });
    await assert.rejects(missing.read({ ...hooks, signal }), {
      code: 'unavailable',
      message: /none\/events\.log: cannot be followed \(ENOENT/,
    });
    const noFile = new FollowedFile({ path: folder, clock });
    await assert.rejects(noFile.read({ ...hooks, signal }), {
      code: 'invalid',
      message: /is not a regular file/,
    });
  });

  it('is read at once when the system tells of a change', async () => {
    let hint = () => {};
    const clock = new VirtualClock();
    const watch = (_path: string, onHint: () => void) => {
      hint = onHint;
      return () => {};
    };
    const stop = new AbortController();
    let read = '';
    const file = new FollowedFile({ path, clock, watch });
    const run = file.read({
      signal: stop.signal,
      onOpen() {},
      onEnd() {},
      onGap() {},
      onChunk: (chunk) => {
        read += chunk.toString();
      },
    });
    for (let turn = 0; turn < 200_000 && clock.pending === 0; turn += 1) await settle();
    appendFileSync(path, 'a\n');
    hint();
    for (let turn = 0; turn < 200_000 && read === ''; turn += 1) await settle();
    assert.notEqual(read, '');
    assert.equal(clock.now(), 0, 'no time has passed');
    stop.abort();
    await run;
  });

  it('gives every line once, however it grows and rotates', async () => {
    const step = fc.constantFrom('line', 'half', 'rotate', 'look');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        writeFileSync(path, '');
        const reading = new Reading();
        await reading.start();
        const written = writeSteps(steps, reading);
        const expected = await written;
        await reading.read(expected.length);
        assert.deepEqual(reading.lines, expected);
        assert.deepEqual(reading.gaps, []);
        await reading.stop();
      }),
      { numRuns: 30 },
    );
  });
});

/** Does the steps and gives the lines that they have written. */
async function writeSteps(steps: readonly string[], reading: Reading): Promise<readonly string[]> {
  const lines: string[] = [];
  let half = '';
  let size = 0;
  for (const [n, step] of steps.entries()) {
    if (step === 'half' && half === '') half = `half ${n} `;
    else if (step === 'half') continue;
    if (step === 'half') appendFileSync(path, half);
    if (step === 'line') {
      appendFileSync(path, `line ${n}\n`);
      lines.push(`${half}line ${n}`);
      half = '';
    }
    if (step === 'look') await reading.clock.advance(250);
    if (step === 'rotate' && half === '' && lines.length > size) {
      // It has come to this file; a file that it never saw is lost.
      await reading.read(size + 1);
      renameSync(path, `${path}.1`);
      size = lines.length;
      writeFileSync(path, '');
    }
  }
  return lines;
}
