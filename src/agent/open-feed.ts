import type { EventAccounting } from '#model/event-accounting.js';
import type { SensorControl } from '#model/sensor-control.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ClusterPods } from './cluster-pods.ts';
import type { HostFeed } from './host-feed.ts';
import { LiveHost } from './live-host.ts';
import { openSensor } from './open-sensor.ts';
import type { AgentOptions } from './options.ts';
import { PlayedRecording } from './played-recording.ts';
import { watchContainers } from './watch-containers.ts';

/** A recording to be played in the place of a host. */
export interface RecordingToPlay {
  readonly file: string;
  /** How much faster than it happened. */
  readonly speed: number;
}

/** What a feed tells its troubles to. */
export interface FeedSurroundings {
  readonly health: Health;
  readonly accounting: EventAccounting;
  /** Asked who a container is; absent: the container runtime alone says. */
  readonly pods: ClusterPods | undefined;
  /** Runs a part that may break down without ending the others. */
  readonly keepRunning: (what: string, work: () => Promise<void>) => Promise<void>;
}

interface OpenFeedParts {
  readonly options: AgentOptions;
  readonly recording: RecordingToPlay | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly health: Health;
}

/** What the agent watches. */
export interface OpenedFeed {
  readonly makeFeed: (surroundings: FeedSurroundings) => HostFeed;
  /** Of our own sensor, alone; absent when events come from elsewhere. */
  readonly control?: SensorControl | undefined;
  readonly isOurSensor: boolean;
}

/** Finds what the agent will watch. Rejects as `openSensor` does when this host cannot be watched. */
export async function openFeed(parts: OpenFeedParts): Promise<OpenedFeed> {
  const { recording, clock, log } = parts;
  if (recording !== undefined) {
    return {
      isOurSensor: false,
      makeFeed: () => new PlayedRecording({ ...recording, clock, log }),
    };
  }
  const startedMs = clock.now();
  const { source, isOurs } = await openSensor(parts);
  return {
    control: source.control,
    isOurSensor: isOurs,
    makeFeed: (surroundings) =>
      new LiveHost({
        ...parts,
        ...surroundings,
        sensor: source,
        containers: watchContainers({ ...parts, ...surroundings, agentStartMs: startedMs }),
      }),
  };
}
