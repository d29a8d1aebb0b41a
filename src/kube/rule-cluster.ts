import { AgentError } from '#model/agent-error.js';
import { RULE_KINDS, type RuleKind } from '#model/rule-objects.js';
import type { ReflectorCounters } from './reflector-counters.ts';
import { ClusterRuleKind, type RuleKindParts } from './rule-kind.ts';
import type { ReadingSource, RuleReading } from './rule-reading.ts';

/**
 * Rules and bindings of an API server: Rules of all namespaces, bindings of the cluster. A kind that is not served
 * has no objects; one that may not be read is a warning, and the other is used.
 */
export class ClusterRules implements ReadingSource {
  readonly #kinds: ReadonlyMap<RuleKind, ClusterRuleKind>;

  constructor(parts: RuleKindParts) {
    this.#kinds = new Map(RULE_KINDS.map((kind) => [kind, new ClusterRuleKind(kind, parts)]));
  }

  /** By kind, for metrics. */
  get reflectors(): readonly (readonly [RuleKind, { readonly counters: ReflectorCounters }])[] {
    return [...this.#kinds].map(([kind, { reflector }]) => [kind, reflector]);
  }

  /** What keeps it from following a kind now, for a person; undefined when nothing does. */
  trouble(): string | undefined {
    const troubles = [...this.#kinds].flatMap(([kind, { reflector }]) => {
      const { error } = reflector.state;
      return error ? [`${kind} of the API server are not followed: ${error.message}`] : [];
    });
    return troubles.length > 0 ? troubles.join('; ') : undefined;
  }

  /** Rejects with `unavailable` when no kind can be read. */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<RuleReading> {
    const answers = await Promise.allSettled(
      [...this.#kinds.values()].map((kind) => kind.read({ signal })),
    );
    const failures = answers.flatMap(({ status, ...rest }) =>
      'reason' in rest ? [AgentError.from(rest.reason)] : [],
    );
    const [first] = failures;
    if (first && failures.length === answers.length) {
      throw first.code === 'aborted' ? first : unavailable(first);
    }
    return {
      objects: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
      problems: [],
      warnings: failures.map(({ message }) => message),
    };
  }

  async watch(options: {
    readonly signal: AbortSignal;
    readonly onChange: () => void;
  }): Promise<void> {
    await Promise.all([...this.#kinds.values()].map((kind) => kind.follow(options)));
  }
}

function unavailable({ message, cause }: AgentError): AgentError {
  return new AgentError('unavailable', message, { cause });
}
