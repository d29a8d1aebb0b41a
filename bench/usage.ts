import { costOf } from './process-cost.ts';

const SAMPLE_MS = 1_000;

/** What processes used over a time, sampled each second. */
export interface Usage {
  /** Processors: 0.5 is half of one. */
  readonly averageCores: number;
  readonly peakCores: number;
  /** Megabytes (2^20 bytes) that were resident. */
  readonly averageMb: number;
  readonly peakMb: number;
}

interface Sample {
  readonly cores: number;
  readonly residentMb: number;
}

/** Watches processes by their names until `untilMs` of `performance.now()`. */
export async function watchUsage<Name extends string>(
  pids: Readonly<Record<Name, number>>,
  untilMs: number,
): Promise<Readonly<Record<Name, Usage>>> {
  const names = Object.keys(pids) as Name[];
  const samples = new Map<Name, Sample[]>(names.map((name) => [name, []]));
  const read = () => new Map(names.map((name) => [name, costOf(pids[name])]));
  let [beforeMs, before] = [performance.now(), read()];
  while (performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    const [nowMs, now] = [performance.now(), read()];
    for (const [name, { cpuSeconds, residentMb }] of now) {
      const used = cpuSeconds - (before.get(name)?.cpuSeconds ?? 0);
      samples.get(name)?.push({ cores: (used * 1_000) / (nowMs - beforeMs), residentMb });
    }
    [beforeMs, before] = [nowMs, now];
  }
  const usages = names.map((name) => [name, usageOf(samples.get(name) ?? [])]);
  return Object.fromEntries(usages);
}

/** Two usages at one moment each. Peaks are added: they need not have been at the same time. */
export function together(one: Usage, other: Usage): Usage {
  return {
    averageCores: one.averageCores + other.averageCores,
    peakCores: one.peakCores + other.peakCores,
    averageMb: one.averageMb + other.averageMb,
    peakMb: one.peakMb + other.peakMb,
  };
}

function usageOf(samples: readonly Sample[]): Usage {
  const cores = samples.map((sample) => sample.cores);
  const megabytes = samples.map(({ residentMb }) => residentMb);
  return {
    averageCores: mean(cores),
    peakCores: Math.max(...cores),
    averageMb: mean(megabytes),
    peakMb: Math.max(...megabytes),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
