import { AgentError } from '#model/agent-error.js';
import type { EventSource } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { openSources } from '#sensor/adapters/open-sources.js';
import { parseSourceSpec } from '#sensor/adapters/source-spec.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import type { AgentOptions } from './options.ts';

interface SensorParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Told when one of several sources dies and when it is back. Absent: nobody asks. */
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
}

/** Where events come from, opened. */
export interface OpenedSensor {
  readonly source: EventSource;
  /** It is our own sensor alone: its numbers say in which order things happened. */
  readonly isOurs: boolean;
}

/**
 * The sources that the options name, as one; our own sensor from the files that came with the package or were built.
 * Throws `unavailable` when there are none, `invalid` for sources that cannot be used.
 */
export function openSensor({ options, clock, random, log, health }: SensorParts): OpenedSensor {
  const names = options.source.length === 0 ? ['ebpf'] : options.source;
  const specs = names.map(parseSourceSpec);
  const source = openSources({
    ...{ specs, clock, random, log },
    stdin: process.stdin,
    openEbpf: () => openEbpf({ options, clock, log }),
    onTrouble: (name, trouble) => {
      if (trouble === undefined) health?.clear('source');
      else health?.set('source', `${name}: ${trouble}`);
    },
  });
  return { source, isOurs: source instanceof EbpfSensor };
}

function openEbpf({
  options,
  clock,
  log,
}: Pick<SensorParts, 'options' | 'clock' | 'log'>): EventSource {
  const files = findSensorFiles(options.sensorFolder || undefined);
  if (!files) {
    throw new AgentError(
      'unavailable',
      'the sensor was not built: run "npm run build:sensor" (it says which packages it needs), or "hullwatch doctor"',
    );
  }
  return new EbpfSensor({
    ...{ files, clock, log },
    options: {
      ringBytes: ringBytesOf(options.sensorBufferBytes),
      dedupMs: options.dedupWindow,
      tellsHost: options.host,
    },
  });
}

function ringBytesOf(bytes: number): number {
  if (Number.isInteger(Math.log2(bytes))) return bytes;
  throw new AgentError('invalid', `sensorBufferBytes: expected a power of two, got ${bytes}`);
}
