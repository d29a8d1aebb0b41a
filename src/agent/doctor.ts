import { probeRuntime } from '#attribution/runtimes/runtime-probe.js';
import { AgentError } from '#model/agent-error.js';
import { systemClock } from '#runtime/clock.js';
import { parseSourceSpec, type SourceSpec } from '#sensor/adapters/source-spec.js';
import { probeMachine } from '#sensor/machine-probe.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import type { AgentOptions } from './options.ts';
import { runtimeOf } from './runtime-place.ts';
import { checkSources } from './source-checks.ts';

/** One thing that this machine can do or cannot. */
export interface Check {
  readonly name: string;
  /** False only when the agent cannot do its work because of it. */
  readonly ok: boolean | 'unknown';
  readonly detail: string;
  /** How to mend it. */
  readonly fix?: string;
}

/**
 * Looks at everything that `hullwatch run` needs with these options: at the machine and each sensor program only when our own sensor
 * is among the sources, at the files of the others, and at the container runtime. Never rejects.
 */
export async function examine(
  options: Pick<AgentOptions, 'source' | 'sensorFolder' | keyof Parameters<typeof runtimeOf>[0]>,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { specs, checks } = readSpecs(options.source);
  const isOurSensor = options.source.length === 0 || specs.some(({ kind }) => kind === 'ebpf');
  const files = findSensorFiles(options.sensorFolder || undefined);
  return [
    ...checks,
    ...(isOurSensor ? await probeMachine({ files }) : []),
    ...(await checkSources(specs)),
    await probeRuntime(runtimeOf(options), { clock: systemClock, signal }),
  ];
}

/** The sources that can be read as such, and a check for each that cannot. */
function readSpecs(sources: readonly string[]): {
  readonly specs: readonly SourceSpec[];
  readonly checks: readonly Check[];
} {
  const specs: SourceSpec[] = [];
  const checks: Check[] = [];
  for (const source of sources) {
    try {
      specs.push(parseSourceSpec(source));
    } catch (reason) {
      const { message } = AgentError.from(reason);
      const fix = 'say it as docs/sensors.md does';
      checks.push({ name: 'sources', ok: false, detail: message, fix });
    }
  }
  return { specs, checks };
}
