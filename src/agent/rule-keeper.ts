import { Wake } from '#kube/rule-wake.js';
import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { PlacesReading, RulePlaces } from './rule-places.ts';

/** Changes that come together make one set: `kubectl apply` of a folder writes object by object. */
const SETTLE_MS = 100;
/** A place that could not be read is read again, however quiet it is. */
const RETRY = { firstMs: 5_000, maxMs: 60_000 };
/** The log names so many problems one by one, and the health condition so many. */
const MOST_LOGGED = 50;
const MOST_IN_HEALTH = 3;
const CONDITION = 'rules';

/** What became of a look at the places, by how often. */
export interface ReloadCounts {
  /** Other rules are used. */
  loaded: number;
  /** They say the same as before. */
  unchanged: number;
  /** Something there is wrong: the rules of before stay. */
  refused: number;
}

/** What the keeper has to know of a set. */
export interface SetSummary {
  readonly ids: readonly string[];
  readonly unused: number;
  readonly bindings: number;
}

/** What a keeper works with. `S` is a compiled set. */
export interface RuleKeeperParts<S> {
  readonly places: Pick<RulePlaces, 'read' | 'watch'>;
  readonly compile: (objects: readonly RuleObject[]) => {
    readonly set: S;
    readonly errors: readonly AgentError[];
    readonly hints?: readonly string[];
    readonly alarms?: readonly string[];
  };
  readonly summarize: (set: S) => SetSummary;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly health: Pick<Health, 'set' | 'clear'>;
}

/**
 * Holds the rules in use and follows the places that they come from. A set with anything wrong in it is told of
 * and not used: the one before stays. Only the first set is used without what is wrong in it.
 */
export class RuleKeeper<S> {
  readonly counts: ReloadCounts = { loaded: 0, unchanged: 0, refused: 0 };
  readonly #parts: RuleKeeperParts<S>;
  #set: S;
  #summary: SetSummary;
  /** What the places said last. */
  #content: string;
  #isIncomplete: boolean;
  /** Rules and files of the set in use that were left out. */
  #leftOut: number;
  /** What makes the set in use find less than it could. */
  #alarms: readonly string[];
  #loadedAtMs: number;

  private constructor(parts: RuleKeeperParts<S>, reading: PlacesReading) {
    const { set, errors, hints = [], alarms = [] } = parts.compile(reading.objects);
    const problems = [...reading.problems, ...errors.map(({ message }) => message)];
    this.#parts = parts;
    this.#set = set;
    this.#summary = parts.summarize(set);
    this.#content = contentOf(reading);
    this.#isIncomplete = reading.isIncomplete;
    this.#leftOut = problems.length;
    this.#alarms = alarms;
    this.#loadedAtMs = parts.clock.now();
    this.#refuseNothing(problems, reading);
    this.#tell('a rule was left out', problems);
    this.#tell('about the rules', [...reading.warnings, ...hints]);
    this.#setHealth(problems, reading.warnings, 'rules or files were left out');
  }

  /**
   * Reads the places once. Rejects with `invalid` when something there is wrong and not one rule is left; with
   * `aborted`.
   */
  static async open<S>(parts: RuleKeeperParts<S>, signal: AbortSignal): Promise<RuleKeeper<S>> {
    return new RuleKeeper(parts, await parts.places.read({ signal }));
  }

  /** The rules to use. */
  get set(): S {
    return this.#set;
  }

  /** How many rules are used, are there and not used, or were left out because they are wrong. */
  get rules(): { readonly used: number; readonly unused: number; readonly leftOut: number } {
    const { ids, unused } = this.#summary;
    return { used: ids.length, unused, leftOut: this.#leftOut };
  }

  get bindings(): number {
    return this.#summary.bindings;
  }

  /** When the set in use was loaded: milliseconds since the Unix epoch. */
  get loadedAtMs(): number {
    return this.#loadedAtMs;
  }

  /** Follows the places until `signal` aborts; `onRules` gets each new set. Never rejects. */
  async run({
    signal,
    onRules,
  }: {
    readonly signal: AbortSignal;
    readonly onRules: (set: S) => void;
  }): Promise<void> {
    const { clock, random, places, log } = this.#parts;
    const wake = new Wake();
    const retry = new Backoff(RETRY, random);
    const watching = places.watch({ signal, onChange: () => wake.set() }).catch((reason) => {
      log.error('the rules are not followed any more', errorFields(reason));
      this.#parts.health.set('rule-watch', `rules are not followed any more: ${messageOf(reason)}`);
    });
    while (!signal.aborted) {
      await wake.wait({ clock, signal, ...(this.#isIncomplete && { maxMs: retry.next() }) });
      await clock.sleep(SETTLE_MS, signal).catch(() => {});
      wake.take();
      if (!signal.aborted) await this.#look(signal, onRules);
      if (!this.#isIncomplete) retry.reset();
    }
    await watching;
  }

  async #look(signal: AbortSignal, onRules: (set: S) => void): Promise<void> {
    try {
      const reading = await this.#parts.places.read({ signal });
      // From here on without a wait: what was read is what is used.
      this.#isIncomplete = reading.isIncomplete;
      const content = contentOf(reading);
      if (content === this.#content) this.counts.unchanged += 1;
      else {
        this.#content = content;
        this.#take(reading, onRules);
      }
    } catch (reason) {
      if (signal.aborted) return;
      this.counts.refused += 1;
      // So that the same is tried again.
      this.#content = '';
      this.#isIncomplete = true;
      this.#parts.log.error('rules could not be loaded', errorFields(reason));
      this.#parts.health.set(CONDITION, `the rules of before stay: ${messageOf(reason)}`);
    }
  }

  #take(reading: PlacesReading, onRules: (set: S) => void): void {
    const { compile, summarize, clock } = this.#parts;
    const { set, errors, hints = [], alarms = [] } = compile(reading.objects);
    const problems = [...reading.problems, ...errors.map(({ message }) => message)];
    if (problems.length > 0) {
      this.counts.refused += 1;
      this.#tell('new rules are not used', problems);
      this.#setHealth(problems, reading.warnings, 'problems, the rules of before stay');
      return;
    }
    const summary = summarize(set);
    onRules(set);
    this.#logChange(summary);
    this.#tell('about the rules', [...reading.warnings, ...hints]);
    this.#set = set;
    this.#summary = summary;
    this.#leftOut = 0;
    this.#alarms = alarms;
    this.#loadedAtMs = clock.now();
    this.counts.loaded += 1;
    this.#setHealth([], reading.warnings, '');
  }

  #refuseNothing(problems: readonly string[], { warnings, isIncomplete }: PlacesReading): void {
    if (this.#summary.ids.length > 0 || isIncomplete) return;
    const found = [...problems, ...warnings].join('\n');
    if (found !== '') throw new AgentError('invalid', found);
  }

  #setHealth(problems: readonly string[], warnings: readonly string[], what: string): void {
    const { health } = this.#parts;
    const first = problems.slice(0, MOST_IN_HEALTH).join('; ');
    const none = this.#summary.ids.length === 0 ? ['no rule is used: nothing alerts'] : [];
    const wrong = problems.length > 0 ? [`${problems.length} ${what}: ${first}`] : [];
    const said = [this.#alarms, warnings].flatMap((some) => some.slice(0, MOST_IN_HEALTH));
    const all = [...wrong, ...none, ...said];
    if (all.length > 0)
      health.set(CONDITION, all.join('; '), none.length > 0 ? 'unready' : undefined);
    else health.clear(CONDITION);
  }

  #logChange({ ids, unused, bindings }: SetSummary): void {
    const before = new Set(this.#summary.ids);
    const after = new Set(ids);
    this.#parts.log.info('other rules are used', {
      rules: ids.length,
      ...{ unused, bindings },
      added: ids.filter((id) => !before.has(id)),
      gone: this.#summary.ids.filter((id) => !after.has(id)),
    });
  }

  #tell(message: string, problems: readonly string[]): void {
    const { log } = this.#parts;
    for (const problem of problems.slice(0, MOST_LOGGED)) log.warn(message, { problem });
    if (problems.length > MOST_LOGGED)
      log.warn(message, { problem: `and more: ${problems.length}` });
  }
}

/** What decides whether anything changed: not when an object was written, nor by whom. */
function contentOf({ objects, problems, warnings }: PlacesReading): string {
  const said = objects.map(({ source, object }) => {
    const { metadata, status: _status, ...rest } = object;
    const { name, namespace } = Object(metadata);
    return [source, name, namespace, rest];
  });
  return JSON.stringify([said, problems, warnings]);
}

function messageOf(reason: unknown): string {
  return AgentError.from(reason).message;
}
