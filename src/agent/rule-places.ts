import type { ReadingSource, RuleReading } from '#kube/rule-reading.js';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';

/** A place where rules are kept, among others. */
export interface RulePlace {
  /** For messages, for example `the store`. */
  readonly name: string;
  readonly source: ReadingSource;
  /** Its Rules count only while no other place has an object of this kind. Its bindings always count. */
  readonly isFallback?: boolean;
}

/** What all places say together. */
export interface PlacesReading extends Required<RuleReading> {
  /** A place did not answer: what it said last is among the objects, or nothing. To be read again soon. */
  readonly isIncomplete: boolean;
}

interface Known {
  readonly reading: RuleReading;
  readonly failure?: string;
}

const NOTHING: RuleReading = { objects: [], problems: [] };

/** Several places as one, in their order. A place that cannot be read keeps what it said last. */
export class RulePlaces {
  readonly #places: readonly RulePlace[];
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #last = new Map<RulePlace, RuleReading>();

  constructor(
    places: readonly RulePlace[],
    { clock, budgetMs }: { readonly clock: Clock; readonly budgetMs: number },
  ) {
    this.#places = places;
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  /** Takes as long as the budget of one place at most. Rejects with `aborted` and nothing else. */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<PlacesReading> {
    const found = await Promise.all(this.#places.map((place) => this.#readOne(place, signal)));
    const hasRules = found.some(
      ({ reading }, at) => !this.#places[at]?.isFallback && reading.objects.some(isRules),
    );
    const failures = found.flatMap(({ failure }) => failure ?? []);
    return {
      objects: found.flatMap(({ reading: { objects } }, at) =>
        hasRules && this.#places[at]?.isFallback ? objects.filter((one) => !isRules(one)) : objects,
      ),
      problems: found.flatMap(({ reading }) => reading.problems),
      warnings: [...failures, ...found.flatMap(({ reading }) => reading.warnings ?? [])],
      isIncomplete: failures.length > 0,
    };
  }

  /** As `RuleObjectSource.watch`, of every place. */
  async watch(options: {
    readonly signal: AbortSignal;
    readonly onChange: () => void;
  }): Promise<void> {
    await Promise.all(this.#places.map(({ source }) => source.watch(options)));
  }

  async #readOne(place: RulePlace, signal: AbortSignal): Promise<Known> {
    const { name, source } = place;
    const budget = { clock: this.#clock, budgetMs: this.#budgetMs, signal };
    try {
      const reading = await withBudget({ ...budget, what: `reading rules of ${name}` }, (inner) =>
        source.read({ signal: inner }),
      );
      this.#last.set(place, reading);
      return { reading };
    } catch (reason) {
      if (signal.aborted) throw AgentError.from(reason);
      const { message } = AgentError.from(reason);
      const last = this.#last.get(place);
      const kept = last ? 'what it said last is used' : 'nothing of it is used yet';
      return {
        reading: last ?? NOTHING,
        failure: `the rules of ${name} cannot be read, ${kept}: ${message}`,
      };
    }
  }
}

function isRules({ object }: RuleReading['objects'][number]): boolean {
  return object['kind'] === 'Rules';
}
