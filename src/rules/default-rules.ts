/**
 * Where the rules that come with the agent stand: the manifests in `rules/` of the package, from the
 * sources and from a build alike. A folder, whose own files are all manifests; those in the folders
 * below it are not. Whoever may open files reads it.
 */
export const DEFAULT_RULES_URL = new URL('../../rules/', import.meta.url);
