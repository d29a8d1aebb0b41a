import type { RuleObjectSource, RuleObjects } from '#model/rule-objects.js';

/** What a place says about rules, and what is wrong there that makes nothing that it says doubtful. */
export interface RuleReading extends RuleObjects {
  /**
   * For a person, each with the file or kind it is about: a file that is not there (yet), a kind that may not be
   * read. Unlike a problem, it is no reason to doubt that the objects are all that is meant to be there.
   */
  readonly warnings?: readonly string[];
}

/** A place where rules are kept, and which tells such warnings. */
export interface ReadingSource extends Pick<RuleObjectSource, 'watch'> {
  /** As `RuleObjectSource.read`. */
  read(options: { readonly signal: AbortSignal }): Promise<RuleReading>;
}
