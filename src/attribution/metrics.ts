import type { Metrics } from '#metrics/metrics.js';
import type { Attributor } from './attributor.ts';

/** Registers how much attribution holds: everything that its bounds limit. Call once an attributor. */
export function registerAttributionMetrics(
  metrics: Metrics,
  attributor: Pick<Attributor, 'sizes'>,
): void {
  metrics.gauged(
    {
      name: 'hullwatch_attribution_held_events',
      help: 'Events that wait for their container to become known.',
    },
    () => [{ value: attributor.sizes().held }],
  );
  metrics.gauged(
    {
      name: 'hullwatch_attribution_cgroups',
      help: 'Cgroups that are remembered, those that are no container’s included.',
    },
    () => [{ value: attributor.sizes().cgroups }],
  );
  metrics.gauged(
    {
      name: 'hullwatch_attribution_processes',
      help: 'Processes in the tree, those that ended lately included.',
    },
    () => [{ value: attributor.sizes().processes }],
  );
  metrics.gauged(
    {
      name: 'hullwatch_attribution_leaving_containers',
      help: 'Containers that ended and are kept for their last events.',
    },
    () => [{ value: attributor.sizes().leaving }],
  );
}
