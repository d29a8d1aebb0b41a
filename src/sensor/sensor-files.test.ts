import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findSensorFiles, SENSOR_LOADER_NAME, SENSOR_OBJECT_NAME } from './sensor-files.ts';

describe('findSensorFiles', () => {
  it('finds the two files of a folder, and nothing when one of them is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hullwatch-sensor-files-'));
    try {
      writeFileSync(join(folder, SENSOR_OBJECT_NAME), '');
      assert.equal(findSensorFiles(folder), undefined);
      writeFileSync(join(folder, SENSOR_LOADER_NAME), '');
      assert.deepEqual(findSensorFiles(folder), {
        objectPath: join(folder, SENSOR_OBJECT_NAME),
        loaderPath: join(folder, SENSOR_LOADER_NAME),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('looks for the package’s own files when no folder is given', () => {
    const files = findSensorFiles();
    if (files) assert.match(files.loaderPath, /\/prebuilt\/linux-[a-z0-9]+\/hullwatch-sensor$/);
  });
});
