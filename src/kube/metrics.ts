import type { Metrics } from '#metrics/metrics.js';
import type { ReflectorCounters } from './reflector-counters.ts';

interface Counted {
  readonly counters: ReflectorCounters;
}

/** Reflectors by the name that tells them apart. An agent has several, and a metric is registered once. */
const REGISTERED = new WeakMap<Metrics, Map<string, Counted>>();

const COUNTERS = [
  ['lists', 'lists', 'Lists of the API server that were taken.'],
  ['watches', 'watches', 'Watches that were opened.'],
  ['events', 'events', 'Changes that watches told of.'],
  ['errors', 'errors', 'Lists and watches that failed.'],
  ['expired', 'expired', 'Times that the API server no longer knew the version.'],
  ['bad_objects', 'badItems', 'Objects that could not be understood, each time they were seen.'],
] as const satisfies readonly (readonly [string, keyof ReflectorCounters, string])[];

/**
 * Registers what a reflector counts, with the label `name`. Another one by the same name takes its place.
 */
export function registerReflectorMetrics(metrics: Metrics, name: string, reflector: Counted): void {
  const known = REGISTERED.get(metrics);
  const reflectors = known ?? new Map<string, Counted>();
  reflectors.set(name, reflector);
  if (known !== undefined) return;
  REGISTERED.set(metrics, reflectors);
  const read = (counter: keyof ReflectorCounters) => () =>
    [...reflectors].map(([label, { counters }]) => ({
      value: counters[counter],
      labels: { name: label },
    }));
  for (const [metric, counter, help] of COUNTERS) {
    const described = { name: `hullwatch_kube_reflector_${metric}_total`, help, labels: ['name'] };
    metrics.counted(described, read(counter));
  }
  metrics.gauged(
    {
      name: 'hullwatch_kube_reflector_objects',
      help: 'Objects of the API server that are known now.',
      labels: ['name'],
    },
    read('items'),
  );
}
