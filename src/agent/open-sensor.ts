import { AgentError } from '#model/agent-error.js';
import type { EventSource } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { findSensorFiles } from '#sensor/sensor-files.js';

/** The live sensor from the files that came with the package or were built. Throws `unavailable` when there are none. */
export function openSensor({
  folder,
  clock,
  log,
}: {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
}): EventSource {
  const files = findSensorFiles(folder || undefined);
  if (!files) {
    throw new AgentError(
      'unavailable',
      'the sensor was not built: run "npm run build:sensor" (it says which packages it needs), or "hullwatch doctor"',
    );
  }
  return new EbpfSensor({ files, clock, log });
}
