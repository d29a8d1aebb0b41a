import { existsSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** File name of the compiled kernel programs. */
export const SENSOR_OBJECT_NAME = 'sensor.bpf.o';
/** File name of the program that loads them. */
export const SENSOR_LOADER_NAME = 'hullwatch-sensor';

/** The two files that the live sensor consists of. */
export interface SensorFiles {
  /** The compiled kernel programs. */
  readonly objectPath: string;
  /** The executable that loads them and writes frames. */
  readonly loaderPath: string;
}

/**
 * Finds the sensor's files for this machine's architecture: in `folder` when it is given, else in
 * the package's `prebuilt/linux-<arch>/`. Undefined when one of them is missing, which
 * `npm run build:sensor` mends.
 */
export function findSensorFiles(folder: string = prebuiltFolder()): SensorFiles | undefined {
  const files = {
    objectPath: join(folder, SENSOR_OBJECT_NAME),
    loaderPath: join(folder, SENSOR_LOADER_NAME),
  };
  return existsSync(files.objectPath) && existsSync(files.loaderPath) ? files : undefined;
}

/** From `src/sensor/` and from `dist/sensor/` alike, the package's root is two folders up. */
function prebuiltFolder(): string {
  return fileURLToPath(new URL(`../../prebuilt/linux-${arch()}/`, import.meta.url));
}
