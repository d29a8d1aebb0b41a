import { processEnviron } from '#attribution/process-environ.js';
import type { ApiClient } from '#kube/api-client.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { ApiServerAddresses } from '#kube/pods/api-server-addresses.js';
import { NamespaceLabels } from '#kube/pods/namespace-labels.js';
import type { NodePods } from '#kube/pods/node-pods.js';
import { Reflector } from '#kube/reflector.js';
import type { RuleSet } from '#rules/rule-set.js';
import type { Surroundings } from '#rules/surroundings.js';
import type { StoreParts } from './opened-store.ts';

/** The label of a namespace that says its name: no server needs to be asked for it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

interface ClusterSurroundingsParts extends Omit<StoreParts, 'options'> {
  /** Absent: only the container runtime is asked. */
  readonly pods?: Pick<NodePods, 'podSpecOf'> | undefined;
  /** Of the cluster's API server. Absent: nobody asks it. */
  readonly client?: Pick<ApiClient, 'get' | 'list' | 'watch'> | undefined;
  /** Addresses and URLs of the API server that are known already. */
  readonly servers: readonly string[];
}

/** The world around containers, as rules and their bindings ask about it. */
export interface ClusterSurroundings {
  readonly surroundings: Surroundings;
  /** Of a namespace: its labels; undefined when they are not known. */
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined;
  /** Namespaces are followed from the first set on whose bindings ask for their labels. */
  need(set: Pick<RuleSet, 'bindings'>): void;
  /** What keeps it from knowing labels that bindings ask for now, for a person; undefined when nothing does. */
  trouble(): string | undefined;
  /** Asks the API server what there is to ask, until `signal` aborts. Never rejects. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Rules ask the pods of this node, the API server's addresses and `/proc` of this host. */
export function clusterSurroundings(parts: ClusterSurroundingsParts): ClusterSurroundings {
  const { pods, client, clock, random, log, metrics, servers } = parts;
  const addresses = new ApiServerAddresses();
  for (const server of servers) addresses.add(server);
  const namespaces = new NamespaceLabels();
  const needed = Promise.withResolvers<void>();
  const reflector = client && new Reflector({ client, clock, random, log, ...namespaces.feed });
  if (reflector) registerReflectorMetrics(metrics, 'namespaces', reflector);
  let asking: RuleSet['bindings'] = [];
  return {
    surroundings: {
      podSpecOf: (namespace, name) => pods?.podSpecOf(namespace, name),
      isApiServerAddress: (address) => addresses.has(address),
      environOf: (pid) => processEnviron(pid),
    },
    namespaceLabels: (namespace) => namespaces.labelsOf(namespace),
    need: ({ bindings }) => {
      asking = bindings.filter(asksForLabels);
      if (asking.length > 0) needed.resolve();
    },
    trouble: () => {
      if (client === undefined) return troubleWithout(asking);
      const error = reflector?.state.error;
      return error && `labels of namespaces are not known: ${error.message}`;
    },
    run: async ({ signal }) => {
      if (client === undefined || reflector === undefined) return;
      const ended = aborted(signal);
      const asked = addresses.ask({ client, clock, random, log, signal });
      await Promise.race([needed.promise, ended]);
      await Promise.all([reflector.run({ signal }), asked]);
    },
  };
}

/** Nobody is asked for labels of namespaces: what asks for one that must be there selects no pod. */
function troubleWithout([first, ...others]: RuleSet['bindings']): string | undefined {
  if (first === undefined) return undefined;
  const who = others.length > 0 ? `${first.source} and ${others.length} more` : first.source;
  return `labels of namespaces are not known, which bindings select by (${who}): the option pods must be api`;
}

function asksForLabels({ namespaceSelector }: RuleSet['bindings'][number]): boolean {
  return namespaceSelector.keys.some((key) => key !== NAME_LABEL);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
