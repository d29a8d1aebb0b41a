/** The kinds of object that say which rules there are and where they apply. */
export const RULE_KINDS = ['Rules', 'RuntimeRuleAlertBinding'] as const;
/** One of {@link RULE_KINDS}. */
export type RuleKind = (typeof RULE_KINDS)[number];

/** A manifest as it was read: from a file, a store or the API server. Not validated. */
export interface RuleObject {
  /** What to call it in messages: a file name, or kind, namespace and name. */
  readonly source: string;
  /** The whole object, `apiVersion` and `kind` included. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** Everything that one place says about rules at one moment. */
export interface RuleObjects {
  readonly objects: readonly RuleObject[];
  /** What could not be read, for a person: each names the file or object. The rest was read. */
  readonly problems: readonly string[];
}

/** A place where rules are kept. */
export interface RuleObjectSource {
  /** What is there now. Rejects with `unavailable` when the place cannot be read at all. */
  read(options: { readonly signal: AbortSignal }): Promise<RuleObjects>;
  /**
   * Calls `onChange` some time after anything there may have changed, and for every change at least once
   * after it; a call says nothing about what changed. Settles when `signal` aborts. Goes on by itself
   * after failures.
   */
  watch(options: { readonly signal: AbortSignal; readonly onChange: () => void }): Promise<void>;
}
