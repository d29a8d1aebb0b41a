import type { ApiClient } from '#kube/api-client.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { AgentOptions } from './options.ts';
import { isServedStore } from './store-place.ts';

/** Who merges reports: the store itself, or the agent that holds a lease. */
export type Merger = 'store' | 'lease';

const DEFINITION =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/containerprofiles.spdx.softwarecomposition.kubescape.io';

interface Question {
  readonly client: Pick<ApiClient, 'exists'>;
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Who merges, when the options say it; undefined: the API server is to be asked. */
export function toldMerger({ consolidation, store }: AgentOptions): Merger | undefined {
  if (consolidation !== 'auto') return consolidation === 'lease' ? 'lease' : 'store';
  // A store that is served merges by itself.
  return isServedStore(store) ? 'store' : undefined;
}

/**
 * Asks the API server. One that does not have the definition, or no definitions at all, serves the group in another
 * way, and merges by itself. Rejects with `unavailable` when it does not say.
 */
export function askWhoMerges({ client, options, clock, signal }: Question): Promise<Merger> {
  const what = 'asking the API server who merges reports';
  const budget = { clock, budgetMs: options.storeCallBudget, signal, what };
  return withBudget(budget, async (inner) =>
    (await client.exists(DEFINITION, { signal: inner })) ? 'lease' : 'store',
  );
}
