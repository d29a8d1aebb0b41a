/**
 * Where the rules that come with the agent stand: `rules/default-rules.yaml` in the package, from
 * the sources and from a build alike. Whoever may open files reads it.
 */
export const DEFAULT_RULES_URL = new URL('../../rules/default-rules.yaml', import.meta.url);
