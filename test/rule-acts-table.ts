// The table of docs/rule-acts.md, from what the live tests do.
import { FURTHER_ACTS, RULE_ACTS, type RuleAct } from './live/harness/rule-acts.ts';

/** Rules of the public set that do not come with the agent, and the one that stands in no manifest. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  R1016: 'Signed profile tampered',
  R2000: 'Exec to pod',
  R2001: 'Port forward to pod',
};

/** A line for each act that raises a rule; `names` are those of rules by their ids. */
export function ruleActLines(names: ReadonlyMap<string, string>): readonly string[] {
  const acts = [...RULE_ACTS, ...FURTHER_ACTS];
  acts.sort((a, b) => (a.ruleId < b.ruleId ? -1 : Number(a.ruleId > b.ruleId)));
  return [
    '| rule | | event | act | needs, or why not | silent once learned |',
    '|---|---|---|---|---|---|',
    ...acts.map((act) => line(act, names.get(act.ruleId) ?? OTHER_NAMES[act.ruleId] ?? '')),
  ];
}

function line(act: RuleAct, name: string): string {
  const { ruleId, eventType, needs, exception, silencedByLearning, learnedWith } = act;
  const isOurs = !ruleId.startsWith('R2');
  const silent = learnedWith === undefined ? 'yes' : `yes, with ${learnedWith}`;
  const cells = [
    isOurs ? `[${ruleId}](rules/${ruleId}.md)` : ruleId,
    name,
    eventType === undefined ? 'none' : `\`${eventType}\``,
    act.act === '' ? 'none' : `\`${act.act}\``,
    [exception, needs].filter((part) => part !== undefined).join('; '),
    silencedByLearning ? silent : act.act === '' ? '' : 'no',
  ];
  return `| ${cells.join(' | ')} |`;
}
