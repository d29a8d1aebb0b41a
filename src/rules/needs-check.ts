import type { ProfileNeeds } from '#model/profile-needs.js';
import { coversNeeds, EVERYTHING } from '#profile/profile-needs.js';

/**
 * Whether profiles hold what one rule needs. They are compiled for all rules, so they do, but for the
 * moments after rules were changed. Asked for every event: the answer is kept by the needs' identity.
 */
export class NeedsCheck {
  readonly #wanted: ProfileNeeds;
  readonly #answers = new WeakMap<ProfileNeeds, boolean>();
  #last: ProfileNeeds | undefined;
  #lastAnswer = false;

  constructor(wanted: ProfileNeeds) {
    this.#wanted = wanted;
  }

  /** True when a profile with these needs can answer all that the rule asks. */
  isMetBy(needs: ProfileNeeds): boolean {
    if (needs === this.#last) return this.#lastAnswer;
    const answer = this.#answers.get(needs) ?? this.#covers(needs);
    this.#answers.set(needs, answer);
    this.#last = needs;
    this.#lastAnswer = answer;
    return answer;
  }

  /**
   * A profile that was compiled for no rules in particular holds everything. It lacks the prefixes
   * and suffixes that rules declare, and answers questions for them by its plain entries alone.
   */
  #covers(needs: ProfileNeeds): boolean {
    return coversNeeds(needs, this.#wanted) || coversNeeds(needs, EVERYTHING);
  }
}
