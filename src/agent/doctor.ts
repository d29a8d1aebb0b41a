import { probeContainerd } from '#attribution/containerd-probe.js';
import { systemClock } from '#runtime/clock.js';
import { probeMachine } from '#sensor/machine-probe.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import type { AgentOptions } from './options.ts';

/** One thing that this machine can do or cannot. */
export interface Check {
  readonly name: string;
  /** False only when the agent cannot do its work because of it. */
  readonly ok: boolean | 'unknown';
  readonly detail: string;
  /** How to mend it. */
  readonly fix?: string;
}

/** Looks at everything that `hullwatch run` needs, and at each sensor program. */
export async function examine(
  options: AgentOptions,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const files = findSensorFiles(options.sensorFolder || undefined);
  const machine = await probeMachine({ files });
  const containerd = await probeContainerd(options.containerdSocket, {
    clock: systemClock,
    signal,
  });
  return [...machine, containerd];
}
