import { AgentError } from '#model/agent-error.js';
import {
  RULE_KINDS,
  type RuleKind,
  type RuleObject,
  type RuleObjectSource,
  type RuleObjects,
} from '#model/rule-objects.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ObjectStore, StoredRow } from './object-store.ts';
import { objectOf } from './object-text.ts';

/** The store is a file of this host: it answers at once, or is about to be closed. */
const BACKOFF = { firstMs: 200, maxMs: 30_000 };

interface StoredRulesOptions {
  readonly objects: Pick<ObjectStore, 'list' | 'watchRows'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Following {
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

/** Rules and bindings that stand in a local store. */
export class StoredRules implements RuleObjectSource {
  readonly #options: StoredRulesOptions;

  constructor(options: StoredRulesOptions) {
    this.#options = options;
  }

  /** By kind, namespace and name. A row that cannot be read is a problem. */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<RuleObjects> {
    const objects: RuleObject[] = [];
    const problems: string[] = [];
    for (const kind of RULE_KINDS) {
      for (const row of await this.#rowsOf(kind, signal)) {
        const source = sourceOf(kind, row);
        try {
          objects.push({ source, object: objectOf(kind, row) });
        } catch (reason) {
          problems.push(`${source}: expected JSON: ${AgentError.from(reason).message}`);
        }
      }
    }
    return { objects, problems };
  }

  /** As the port says; the first call comes with the first list. */
  async watch(following: Following): Promise<void> {
    await Promise.all(RULE_KINDS.map((kind) => this.#follow(kind, following)));
  }

  async #rowsOf(kind: RuleKind, signal: AbortSignal): Promise<readonly StoredRow[]> {
    try {
      return (await this.#options.objects.list(kind, { signal, withBodies: true })).rows;
    } catch (reason) {
      const { code, message } = AgentError.from(reason);
      const told = code === 'aborted' ? code : 'unavailable';
      throw new AgentError(told, message, { cause: reason });
    }
  }

  async #follow(kind: RuleKind, { signal, onChange }: Following): Promise<void> {
    const { clock, random, log } = this.#options;
    const backoff = new Backoff(BACKOFF, random);
    let version: number | undefined;
    const onVersion = (next: number) => {
      version = next;
      backoff.reset();
    };
    while (!signal.aborted) {
      try {
        version ??= await this.#listed(kind, { signal, onChange });
        await this.#tellAfter(version, { kind, signal, onChange, onVersion });
      } catch (reason) {
        const error = AgentError.from(reason);
        if (signal.aborted) return;
        log.debug('rules in the store cannot be followed', { kind, ...errorFields(error) });
        // Nothing was missed when it only did not answer.
        if (error.code !== 'unavailable') version = undefined;
      }
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  /** The version from which on changes are to be told. */
  async #listed(kind: RuleKind, { signal, onChange }: Following): Promise<number> {
    const page = await this.#options.objects.list(kind, { signal, withBodies: false, limit: 1 });
    onChange();
    return page.resourceVersion;
  }

  async #tellAfter(
    after: number,
    {
      kind,
      signal,
      onChange,
      onVersion,
    }: Following & { readonly kind: RuleKind; readonly onVersion: (next: number) => void },
  ): Promise<void> {
    const { objects } = this.#options;
    for await (const event of objects.watchRows(kind, { signal, withBodies: false, after })) {
      const isBookmark = event.type === 'bookmark';
      onVersion(isBookmark ? event.resourceVersion : event.row.resourceVersion);
      if (!isBookmark) onChange();
    }
  }
}

function sourceOf(kind: RuleKind, { namespace, name }: StoredRow): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
