import { agentVersionAllows } from '#rules/agent-version.js';
import { nearestName } from '#rules/nearest-name.js';
import { RULE_CONTEXTS } from '#rules/rule-context.js';
import type { Report, WrittenRule } from './lint-subject.ts';

const PREFIX = 'context:';
const CONTEXTS: readonly string[] = [...RULE_CONTEXTS, 'container'];
const TACTIC = /^TA\d{4}$/;
const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;
const MAX_SEVERITY = 10;

/** Reports what is missing or out of range in the plain fields of a rule. */
export function checkPlainFields(rule: WrittenRule, report: Report): void {
  const { description, severity, tags } = rule;
  if (typeof description !== 'string' || description.trim() === '') {
    report('no-description', 'description: expected a text that says what the rule finds', {
      field: [],
    });
  }
  checkMitre(rule, report);
  checkAgentVersion(rule, report);
  const isSeverity = Number.isInteger(severity) && Number(severity) >= 0;
  if (!isSeverity || Number(severity) > MAX_SEVERITY) {
    const message = `severity: expected a whole number from 0 to ${MAX_SEVERITY}, got ${JSON.stringify(severity) ?? 'nothing'}`;
    report('severity', message, { field: ['severity'] });
  }
  for (const [index, tag] of (Array.isArray(tags) ? tags : []).entries()) {
    checkTag(tag, () => ['tags', index], report);
  }
}

/** Said of a version and added to any range, nothing is left of it: what allows the version all the same is none. */
const VERSION = '1.0.0';

function checkAgentVersion({ agentVersionRequirement: wanted }: WrittenRule, report: Report): void {
  if (typeof wanted !== 'string') return;
  const isNone = (range: string) => agentVersionAllows(`${range} !=${VERSION}`, VERSION);
  if (!wanted.split('||').some(isNone)) return;
  const message = `agentVersionRequirement: expected a range of versions such as >=1.2.0, got ${JSON.stringify(wanted)}; it is not regarded`;
  report('agent-version', message, { field: ['agentVersionRequirement'] });
}

function checkMitre({ mitreTactic, mitreTechnique }: WrittenRule, report: Report): void {
  const fields = [
    { name: 'mitreTactic', value: mitreTactic, form: TACTIC, like: 'TA0002' },
    { name: 'mitreTechnique', value: mitreTechnique, form: TECHNIQUE, like: 'T1059 or T1059.004' },
  ];
  for (const { name, value, form, like } of fields) {
    if (typeof value === 'string' && form.test(value)) continue;
    const got = value === undefined ? 'nothing' : JSON.stringify(value);
    report('no-mitre', `${name}: expected an id like ${like}, got ${got}`, {
      field: value === undefined ? [] : [name],
    });
  }
}

function checkTag(tag: unknown, field: () => readonly (string | number)[], report: Report): void {
  if (typeof tag !== 'string' || !tag.startsWith(PREFIX)) return;
  const context = tag.slice(PREFIX.length);
  if (CONTEXTS.includes(context)) return;
  const near = nearestName(context, CONTEXTS);
  const hint = near ? `; did you mean ${PREFIX}${near}?` : '';
  const expected = CONTEXTS.map((each) => PREFIX + each).join(', ');
  report('context', `tags: ${tag} names no context (${expected})${hint}`, { field: field() });
}
