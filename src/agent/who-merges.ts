import type { ApiClient, JsonObject } from '#kube/api-client.js';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { AgentOptions } from './options.ts';
import { isServedStore } from './store-place.ts';

/** Who merges reports: the store itself, or the agent that holds a lease. */
export type Merger = 'store' | 'lease';

const GROUP = 'apiextensions.k8s.io';
const DEFINITION = `/apis/${GROUP}/v1/customresourcedefinitions/containerprofiles.spdx.softwarecomposition.kubescape.io`;

interface Question {
  readonly client: Pick<ApiClient, 'get'>;
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
    (await hasDefinition(client, inner)) ? 'lease' : 'store',
  );
}

async function hasDefinition(client: Question['client'], signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(DEFINITION, { signal });
    return true;
  } catch (reason) {
    const error = AgentError.from(reason);
    if (error.code === 'not-found') return false;
    if (error.code !== 'unavailable') throw error;
    if (servesDefinitions(await client.get('/apis', { signal }))) throw error;
    return false;
  }
}

function servesDefinitions({ groups }: JsonObject): boolean {
  if (!Array.isArray(groups)) return true;
  return groups.some((group: unknown) => Object(group).name === GROUP);
}
