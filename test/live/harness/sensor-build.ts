import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** Builds the sensor, which takes a second or two, so that tests run what stands in the sources. */
export function ensureSensor(): void {
  const build = join(REPOSITORY, 'src/sensor/ebpf/build.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', build], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the sensor cannot be built:\n${stdout}${stderr}`);
}
