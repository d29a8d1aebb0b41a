import type { ApiClient } from '#kube/api-client.js';
import type { NodePods } from '#kube/pods/node-pods.js';
import { compileRuleSet, type RuleSet } from '#rules/rule-set.js';
import type { Health } from '#runtime/health.js';
import type { ObjectStore } from '#storage/object-store.js';
import { processEnvironment } from './config.ts';
import type { StoreParts } from './opened-store.ts';
import { placesOf, type RuleStore } from './rule-entries.ts';
import { RuleKeeper } from './rule-keeper.ts';
import { registerRuleKeeperMetrics } from './rule-metrics.ts';
import { RulePlaces } from './rule-places.ts';
import { type ClusterSurroundings, clusterSurroundings } from './rule-surroundings.ts';
import { isStoreFile } from './store-place.ts';
import { AGENT_VERSION } from './version.ts';

interface OpenRulesParts extends StoreParts {
  readonly health: Health;
  /** Of the embedded store; absent: the store is behind an API, or there is none. */
  readonly objects?: Pick<ObjectStore, 'list' | 'watchRows'> | undefined;
  /** The pods of this node, when the API server tells of them. */
  readonly pods?: Pick<NodePods, 'podSpecOf'> | undefined;
}

/** The rules of a running agent, and the world that they ask about. */
export interface OpenedRules
  extends Pick<ClusterSurroundings, 'surroundings' | 'namespaceLabels' | 'trouble'> {
  /** The set in use. */
  readonly set: RuleSet;
  /** Follows rules and surroundings until `signal` aborts; `onRules` gets each new set. Never rejects. */
  run(options: {
    readonly signal: AbortSignal;
    readonly onRules: (set: RuleSet) => void;
  }): Promise<void>;
  close(): void;
}

/**
 * Reads the rules that the options name, wherever they are. Rejects with `invalid` when something there is wrong
 * and no rule is left, and as `storeClient` and `clusterClient` do; nothing is left open then.
 */
export async function openRules(parts: OpenRulesParts): Promise<OpenedRules> {
  const { options, clock, metrics, pods } = parts;
  const clients: ApiClient[] = [];
  const close = () => {
    for (const client of clients) client.close();
  };
  const ending = new AbortController();
  try {
    const store = await ruleStore(parts, clients);
    const named = placesOf(options.rules, store, parts);
    const keeper = await RuleKeeper.open(
      {
        ...parts,
        places: new RulePlaces(named.places, { clock, budgetMs: options.storeCallBudget }),
        compile: (objects) => compileRuleSet({ objects, agentVersion: AGENT_VERSION }),
        summarize: ({ rules, unused, bindings }: RuleSet) => ({
          ids: rules.map(({ rule }) => rule.id),
          unused: unused.length,
          bindings: bindings.length,
        }),
      },
      ending.signal,
    );
    registerRuleKeeperMetrics(metrics, keeper);
    const { servers, client } = await apiServer(parts, clients);
    const around = clusterSurroundings({ ...parts, servers, client, pods });
    around.need(keeper.set);
    return {
      ...around,
      get set() {
        return keeper.set;
      },
      trouble: () => named.trouble() ?? around.trouble(),
      run: async ({ signal, onRules }) => {
        const take = (set: RuleSet) => {
          onRules(set);
          around.need(set);
        };
        await Promise.all([keeper.run({ signal, onRules: take }), around.run({ signal })]);
      },
      close,
    };
  } catch (reason) {
    close();
    throw reason;
  }
}

async function ruleStore(
  parts: OpenRulesParts,
  clients: ApiClient[],
): Promise<RuleStore | undefined> {
  const { options, objects } = parts;
  const isNeeded = options.rules.length === 0 || options.rules.includes('store');
  if (objects !== undefined) return { objects };
  if (!isNeeded || isStoreFile(options.store)) return undefined;
  const { storeClient } = await import('./open-cluster.ts');
  const { client } = await storeClient(parts);
  clients.push(client);
  return { client };
}

/** Where the cluster's API server is known to be, and a client of it when the options let us ask it. */
async function apiServer(parts: OpenRulesParts, clients: ApiClient[]) {
  const host = processEnvironment()['KUBERNETES_SERVICE_HOST'] ?? '';
  if (parts.options.pods === 'runtime') return { servers: [host], client: undefined };
  const { clusterClient } = await import('./open-cluster.ts');
  const { client, server } = await clusterClient(parts);
  clients.push(client);
  return { servers: [host, server], client };
}
