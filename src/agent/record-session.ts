import { inBackground } from '#runtime/background.js';
import { systemClock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import type { RecordingEntry } from '#sensor/recording-entry.js';
import { RecordingWriter } from '#sensor/recording-writer.js';
import { openSensor } from './open-sensor.ts';
import type { AgentOptions } from './options.ts';
import { Sight } from './supervise-source-sight.ts';
import { AGENT_VERSION } from './version.ts';
import { watchContainers } from './watch-containers.ts';

/** What a recording session is made from. */
export interface RecordSessionParts {
  /** The file to write; it must not exist. */
  readonly file: string;
  readonly options: AgentOptions;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called once the sensor delivers. */
  readonly onReady: () => void;
}

/**
 * Writes what the sensor and the container runtime say into a recording until `signal` aborts.
 * Rejects with `invalid` when the file exists, `unavailable` when the sensor cannot start, and as soon
 * as the file cannot be written. What was recorded by then stays readable.
 */
export async function recordSession(
  parts: RecordSessionParts,
): Promise<{ readonly entries: number; readonly dropped: number }> {
  const { file, options, log, signal } = parts;
  const surroundings = { options, clock: systemClock, random: systemRandom, log };
  const { source } = await openSensor(surroundings);
  const writer = await RecordingWriter.create(file, {
    agentVersion: AGENT_VERSION,
    now: () => systemClock.now(),
  });
  const sight = new Sight();
  const upstream = new AbortController();
  const write = (entry: RecordingEntry) => {
    writer.write(entry);
    if (writer.isBroken) upstream.abort();
  };
  const untilEnd = AbortSignal.any([signal, upstream.signal]);
  const watcher = watchContainers({ ...surroundings, agentStartMs: systemClock.now() });
  const watching = inBackground('container runtime', log, () =>
    watcher.run({ signal: untilEnd, onEvent: (event) => write(sight.mark(event)) }),
  );
  try {
    await source.run({
      signal: untilEnd,
      onRecords: (records) => {
        sight.observe(records);
        if (records[0]?.type === 'ready') parts.onReady();
        for (const record of records) write(record);
      },
    });
  } finally {
    upstream.abort();
    await watching;
    // A source that never said a word leaves no file that would be in the way of the next try.
    if (writer.entries === 0) await writer.discard();
    else await writer.close();
  }
  return { entries: writer.entries, dropped: writer.dropped };
}
