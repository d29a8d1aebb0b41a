import type { Metrics } from '#metrics/metrics.js';
import type { ApiServer } from './api-server.ts';

/** Registers what a served store was asked and how it answered. `server` is undefined while nothing is served. */
export function registerApiMetrics(
  metrics: Metrics,
  server: () => Pick<ApiServer, 'counts'> | undefined,
): void {
  metrics.counted(
    {
      name: 'hullwatch_store_api_requests_total',
      help: 'Requests to the served store, by how they were answered.',
      labels: ['answer'],
    },
    () => {
      const { requests, refused, failed } = server()?.counts ?? NOTHING;
      const answers = { ok: requests - refused - failed, refused, failed };
      return Object.entries(answers).map(([answer, value]) => ({ value, labels: { answer } }));
    },
  );
  metrics.counted(
    {
      name: 'hullwatch_store_api_serialised_events_total',
      help: 'Events of watches that were written out as JSON, each once for all watchers of one form.',
    },
    () => [{ value: (server()?.counts ?? NOTHING).serialised }],
  );
  metrics.gauged(
    { name: 'hullwatch_store_api_watchers', help: 'Watches of the served store that are open.' },
    () => [{ value: (server()?.counts ?? NOTHING).watchers }],
  );
}

const NOTHING = { requests: 0, refused: 0, failed: 0, serialised: 0, watchers: 0 };
