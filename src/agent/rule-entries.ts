import { fileURLToPath } from 'node:url';
import type { ApiClient } from '#kube/api-client.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { ClusterRules } from '#kube/rule-cluster.js';
import { RuleFiles } from '#kube/rule-files.js';
import { AgentError } from '#model/agent-error.js';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';
import type { ObjectStore } from '#storage/object-store.js';
import { StoredRules } from '#storage/rule-rows.js';
import type { StoreParts } from './opened-store.ts';
import type { RulePlace } from './rule-places.ts';

/** Where the profile store's own Rules objects are: in a local store, or behind an API. */
export type RuleStore =
  | { readonly objects: Pick<ObjectStore, 'list' | 'watchRows'> }
  | { readonly client: Pick<ApiClient, 'exists' | 'list' | 'watch'> };

type Parts = Omit<StoreParts, 'options'>;

/** The places that the option `rules` names, in its order, and what is wrong with following them. */
export interface NamedPlaces {
  readonly places: readonly RulePlace[];
  trouble(): string | undefined;
}

/**
 * `default` and `store` are no paths; a file by such a name is written `./store`.
 * Without entries: the store, and the default rules while the store holds no Rules. Throws `invalid` for `store`
 * where there is none.
 */
export function placesOf(
  entries: readonly string[],
  store: RuleStore | undefined,
  parts: Parts,
): NamedPlaces {
  const defaults: RulePlace = { name: 'the package', source: defaultRules(parts) };
  const stored = store && storePlace(store, parts);
  const trouble = () => stored?.trouble();
  if (entries.length === 0) {
    const places = [{ ...defaults, isFallback: true }, ...(stored ? [stored.place] : [])];
    return { places, trouble };
  }
  const usesStore = entries.includes('store');
  if (usesStore && stored === undefined) {
    throw new AgentError('invalid', 'rules: store: there is no store here');
  }
  const places = entries.flatMap((entry): readonly RulePlace[] => {
    if (entry === 'default') return [defaults];
    if (entry === 'store') return stored ? [stored.place] : [];
    return [{ name: entry, source: new RuleFiles({ ...parts, paths: [entry] }) }];
  });
  return { places, trouble: usesStore ? trouble : () => undefined };
}

function defaultRules({ clock, log }: Parts): RuleFiles {
  return new RuleFiles({ paths: [fileURLToPath(DEFAULT_RULES_URL)], clock, log });
}

function storePlace(
  store: RuleStore,
  parts: Parts,
): { readonly place: RulePlace; trouble(): string | undefined } {
  const name = 'the store';
  if ('objects' in store) {
    return {
      place: { name, source: new StoredRules({ ...parts, ...store }) },
      trouble: () => undefined,
    };
  }
  const rules = new ClusterRules({ ...parts, ...store });
  for (const [kind, reflector] of rules.reflectors) {
    registerReflectorMetrics(parts.metrics, kind, reflector);
  }
  return { place: { name, source: rules }, trouble: () => rules.trouble() };
}
