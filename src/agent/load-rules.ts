import { fileURLToPath } from 'node:url';
import { readManifests } from '#kube/manifests.js';
import { AgentError } from '#model/agent-error.js';
import { compileRules } from '#rules/compile-rules.js';
import type { CompiledRule } from '#rules/compiled-rule.js';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';

/** The rules that can be used, and what was wrong with the others. */
export interface LoadedRules {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly AgentError[];
}

/**
 * Reads and compiles rules from files and folders; none given: the default rules. A rule that
 * cannot be used is a problem, the others are used. Throws `invalid` when not one is left.
 */
export async function loadRules(paths: readonly string[]): Promise<LoadedRules> {
  const sources = paths.length > 0 ? paths : [fileURLToPath(DEFAULT_RULES_URL)];
  const { manifests, errors } = await readManifests(sources);
  const { rules, errors: ruleErrors } = compileRules(manifests);
  const problems = [...errors, ...ruleErrors];
  if (rules.length > 0) return { rules, problems };
  const found = problems.map(({ message }) => message).join('\n');
  throw new AgentError('invalid', found || `${sources.join(', ')}: no enabled rule was found`);
}
