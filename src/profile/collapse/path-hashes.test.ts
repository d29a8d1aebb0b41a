import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pathHash } from './path-hash.ts';
import { PathHashCollector, PathHashes } from './path-hashes.ts';

function collected(paths: Iterable<string>): PathHashes {
  const collector = new PathHashCollector();
  for (const path of paths) collector.add(path);
  return collector.finish();
}

describe('hashes of paths', () => {
  it('know what is among them and what is not', () => {
    const path = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(path), fc.array(path), (paths, others) => {
        const set = new Set(paths);
        const hashes = collected(paths);
        assert.equal(hashes.size, set.size);
        for (const each of [...paths, ...others]) assert.equal(hashes.has(each), set.has(each));
      }),
    );
  });

  it('come back from their bytes', () => {
    const hashes = collected(['/b', '/a', '/a', '/c']);
    assert.equal(hashes.bytes.length, 24);
    // SQLite gives bytes that begin anywhere.
    const shifted = new Uint8Array(25);
    shifted.set(hashes.bytes, 1);
    const read = PathHashes.of(shifted.subarray(1));
    assert.deepEqual(
      ['/a', '/b', '/c', '/d'].map((path) => read?.has(path)),
      [true, true, true, false],
    );
    assert.equal(PathHashes.of(new Uint8Array(0))?.has('/a'), false);
  });

  it('are not made of other bytes', () => {
    const two = collected(['/a', '/b']).bytes;
    const swapped = new Uint8Array([...two.subarray(8), ...two.subarray(0, 8)]);
    for (const bytes of [two.subarray(1), swapped, new Uint8Array(16), Buffer.alloc(8, 0xff)]) {
      assert.equal(PathHashes.of(bytes), undefined);
    }
  });

  it('are those that files of the store have', () => {
    assert.deepEqual(
      ['', '/', '/etc/passwd', '/bücher/⋯'].map(pathHash),
      [3_338_908_027_751_811, 3_009_624_906_045_363, 7_287_934_462_980_552, 752_470_820_419_916],
    );
  });

  it('are counted once while they are collected, so that no long sort is left for the end', () => {
    const collector = new PathHashCollector();
    const paths = Array.from({ length: 30_000 }, (_, at) => `/usr/lib/${at}`);
    for (let layer = 0; layer < 5; layer += 1) {
      for (const path of paths) collector.add(path);
      collector.add(`/etc/${layer}`);
      assert.ok(collector.count <= 30_000 + 32_768 + 5, `${collector.count}`);
    }
    assert.equal(collector.countOnce(), 30_005);
    const hashes = collector.finish();
    assert.equal(PathHashes.of(hashes.bytes)?.size, 30_005);
    for (const path of [...paths, '/etc/0', '/etc/4']) assert.ok(hashes.has(path), path);
  });

  it('are evenly spread: 300,000 paths that differ little have as many', () => {
    const paths = Array.from({ length: 300_000 }, (_, i) => `/usr/lib/python3/${i % 600}/${i}.py`);
    const hashes = paths.map(pathHash);
    assert.equal(new Set(hashes).size, hashes.length);
    const high = hashes.filter((hash) => hash >= 2 ** 52).length;
    assert.ok(high > 149_000 && high < 151_000, `${high}`);
    assert.equal(collected(paths).size, hashes.length);
  });
});
