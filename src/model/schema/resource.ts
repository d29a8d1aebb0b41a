import type { Schema } from './schema.ts';

/** One column of the table that `kubectl get` prints. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: 0 | 1;
  /** Where the value stands in the object, for example `.metadata.annotations['a\\.b/c']`. */
  readonly jsonPath: string;
}

/** A kind that is served and stored, and everything the API says about it. */
export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  /** In paths, for example `containerprofiles`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** What may be done with it. Absent: everything. */
  readonly verbs?: readonly string[];
  readonly description: string;
  /** Of the whole object except `apiVersion`, `kind` and `metadata`. */
  readonly schema: Schema;
  /** Besides the name. The age is the last of them. */
  readonly columns: readonly Column[];
}
