/** Where a container runs, as far as rules tell places apart. */
export type RuleContext = 'kubernetes' | 'standalone';

const PREFIX = 'context:';
/** Stands for every place in which containers run. */
const ANY_CONTAINER = 'container';

/**
 * True when a rule with these tags is meant for containers in `context`. A rule without any
 * `context:` tag is meant for Kubernetes only.
 */
export function appliesIn(context: RuleContext, tags: readonly string[]): boolean {
  const wanted = tags
    .filter((tag) => tag.startsWith(PREFIX))
    .map((tag) => tag.slice(PREFIX.length));
  if (wanted.length === 0) return context === 'kubernetes';
  return wanted.includes(context) || wanted.includes(ANY_CONTAINER);
}
