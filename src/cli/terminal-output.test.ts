import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FileOutput } from './terminal-output.ts';

/** A disk with room for so many bytes; `atOnce` of them in one go. */
class SmallDisk {
  text = '';
  room: number;
  readonly #atOnce: number;

  constructor(room: number, atOnce = room) {
    this.room = room;
    this.#atOnce = atOnce;
  }

  readonly write = (bytes: Uint8Array): number => {
    const count = Math.min(bytes.length, this.room, this.#atOnce);
    if (count === 0) throw new Error('ENOSPC: no space left on device, write');
    this.text += Buffer.from(bytes.subarray(0, count)).toString('latin1');
    this.room -= count;
    return count;
  };
}

describe('FileOutput', () => {
  it('fails when a part was not written, and begins the next attempt on a line of its own', async () => {
    const disk = new SmallDisk(8);
    const output = new FileOutput(disk.write);
    await output.write('one\n');
    await assert.rejects(output.write('three\n'), /ENOSPC/);
    await assert.rejects(output.write('three\n'), /ENOSPC/);
    disk.room = 100;
    await output.write('three\n');
    await output.write('four\n');
    assert.equal(disk.text, 'one\nthre\nthree\nfour\n');
  });

  it('writes on where a write was cut short', async () => {
    const disk = new SmallDisk(100, 2);
    await new FileOutput(disk.write).write('three\n');
    assert.equal(disk.text, 'three\n');
  });

  it('has every line whole in the end that is written again until it is', async () => {
    const rooms = fc.array(fc.nat({ max: 12 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(rooms, fc.integer({ min: 1, max: 9 }), async (given, atOnce) => {
        const left = [...given];
        const disk = new SmallDisk(0, atOnce);
        const output = new FileOutput(disk.write);
        const lines = ['{"a":1}\n', '{"bb":22}\n', '{"c":3}\n'];
        const makeRoom = () => {
          disk.room += left.shift() ?? 100;
          return false;
        };
        for (const line of lines) {
          while (!(await output.write(line).then(() => true, makeRoom)));
        }
        const found = disk.text.split('\n').map((line) => `${line}\n`);
        for (const line of lines) assert.ok(found.includes(line), disk.text);
      }),
    );
  });
});
