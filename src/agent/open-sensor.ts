import { AgentError } from '#model/agent-error.js';
import type { EventSource } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { parseSourceSpec, type SourceSpec } from '#sensor/adapters/source-spec.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import type { AgentOptions } from './options.ts';
import { SourceTroubles } from './source-troubles.ts';

interface SensorParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Told which sources are dead or wait for their file, until none is. Absent: nobody asks. */
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
 * Rejects with `unavailable` when there are none, `invalid` for sources that cannot be used.
 */
export async function openSensor(parts: SensorParts): Promise<OpenedSensor> {
  const { options, clock, random, log, health } = parts;
  const names = options.source.length === 0 ? ['ebpf'] : options.source;
  const specs = names.map(parseSourceSpec);
  if (isOursAlone(specs)) return { source: openEbpf(parts), isOurs: true };
  const troubles = new SourceTroubles(health);
  const { openSources } = await import('#sensor/adapters/open-sources.js');
  const source = openSources({
    ...{ specs, clock, random, log },
    stdin: process.stdin,
    openEbpf: () => openEbpf(parts),
    onTrouble: (name, trouble) => troubles.tell(name, trouble),
  });
  return { source, isOurs: false };
}

function isOursAlone([first, ...others]: readonly SourceSpec[]): boolean {
  return first?.kind === 'ebpf' && first.types === undefined && others.length === 0;
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
