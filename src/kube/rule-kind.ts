import type { RuleKind, RuleObject } from '#model/rule-objects.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ApiClient } from './api-client.ts';
import { Reflector } from './reflector.ts';
import { RuleKindApi } from './rule-kind-api.ts';

const API_VERSION = 'kubescape.io/v1';
const PLURAL: Readonly<Record<RuleKind, string>> = {
  Rules: 'rules',
  RuntimeRuleAlertBinding: 'runtimerulealertbindings',
};

/** What the kinds of rules are read with. */
export interface RuleKindParts {
  readonly client: Pick<ApiClient, 'exists' | 'list' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The objects of one kind in all namespaces of an API server; none while the server does not serve the kind. */
export class ClusterRuleKind {
  readonly reflector: Reflector<RuleObject>;
  readonly #kind: RuleKind;
  readonly #api: RuleKindApi;
  readonly #path: string;
  readonly #known = new Map<string, RuleObject>();
  #isFollowed = false;
  #onChange = () => {};

  constructor(kind: RuleKind, { client, clock, random, log }: RuleKindParts) {
    this.#kind = kind;
    this.#api = new RuleKindApi(client, clock);
    this.#path = `/apis/${API_VERSION}/${PLURAL[kind]}`;
    this.reflector = new Reflector({
      ...{ client: this.#api, path: this.#path, clock, random, log },
      parse: (raw) => this.#objectOf(raw),
      onReplace: (objects) => {
        this.#known.clear();
        for (const object of objects) this.#known.set(object.source, object);
        this.#onChange();
      },
      onEvent: ({ type, item }) => {
        if (type === 'deleted') this.#known.delete(item.source);
        else this.#known.set(item.source, item);
        this.#onChange();
      },
    });
  }

  /**
   * By namespace and name. While they are followed, what is known, at once; else asked for. Rejects as
   * `ApiClient.list`.
   */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<readonly RuleObject[]> {
    if (this.#isFollowed && this.reflector.state.isSynced) return sorted([...this.#known.values()]);
    const { items } = await this.#api.list(this.#path, { signal });
    return sorted(items.map((item) => this.#objectOf(Object(item))));
  }

  /** Follows them until `signal` aborts. Never rejects. */
  async follow(options: {
    readonly signal: AbortSignal;
    readonly onChange: () => void;
  }): Promise<void> {
    this.#onChange = options.onChange;
    this.#isFollowed = true;
    await this.reflector.run(options);
    this.#isFollowed = false;
    this.#onChange = () => {};
  }

  /** Items of a list need not say their kind. Of the metadata only what names the object is kept. */
  #objectOf(raw: Readonly<Record<string, unknown>>): RuleObject {
    const { name, namespace, uid, resourceVersion } = Object(raw['metadata']);
    const place = typeof namespace === 'string' && namespace !== '' ? `${namespace}/` : '';
    const metadata = { name, ...(place && { namespace }), uid, resourceVersion };
    const object = { ...raw, apiVersion: API_VERSION, kind: this.#kind, metadata };
    return { source: `${this.#kind} ${place}${name}`, object };
  }
}

function sorted(objects: readonly RuleObject[]): readonly RuleObject[] {
  return [...objects].sort((a, b) => (a.source < b.source ? -1 : 1));
}
