import { fileURLToPath } from 'node:url';
import { readRuleFiles } from '#kube/rule-file-objects.js';
import { AgentError } from '#model/agent-error.js';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';
import { compileRuleSet, type RuleSet } from '#rules/rule-set.js';
import { AGENT_VERSION } from './version.ts';

/** The rules that can be used, and what was wrong with the others. */
export interface LoadedRules {
  readonly rules: RuleSet;
  readonly problems: readonly AgentError[];
}

/**
 * Reads and compiles rules and bindings of entries of the option `rules`, once: files, folders and `default`; none
 * given: the default rules. A rule that cannot be used is a problem, the others are used. Throws `invalid` when not
 * one is left, and for `store`, which only a running agent has.
 */
export async function loadRules(entries: readonly string[]): Promise<LoadedRules> {
  if (entries.includes('store')) {
    throw new AgentError('invalid', 'rules: store: expected files, folders or default here');
  }
  const given = entries.length > 0 ? entries : ['default'];
  const defaults = fileURLToPath(DEFAULT_RULES_URL);
  const paths = given.map((entry) => (entry === 'default' ? defaults : entry));
  const { objects, problems: unread, warnings } = await readRuleFiles(paths);
  const { set, errors } = compileRuleSet({ objects, agentVersion: AGENT_VERSION });
  const unreadErrors = [...unread, ...warnings].map((said) => new AgentError('invalid', said));
  const problems = [...unreadErrors, ...errors];
  if (set.rules.length > 0) return { rules: set, problems };
  const found = problems.map(({ message }) => message).join('\n');
  throw new AgentError('invalid', found || `${given.join(', ')}: no enabled rule was found`);
}
