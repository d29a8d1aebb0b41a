// The tables of docs/rules/, from the manifests in rules/: facts on each page, and the index.
import { fileURLToPath } from 'node:url';
import { parseRules } from '#rules/rule-manifest.js';
import { readManifests } from '../src/kube/manifests.ts';
import { DEFAULT_RULES_URL } from '../src/rules/default-rules.ts';
import type { Rule } from '../src/rules/rule.ts';
import { ruleActLines } from './rule-acts-table.ts';

/** Names in MITRE's ATT&CK for Enterprise of what the rules refer to. */
const TACTICS: Readonly<Record<string, string>> = {
  TA0002: 'Execution',
  TA0004: 'Privilege Escalation',
  TA0005: 'Defense Evasion',
  TA0006: 'Credential Access',
  TA0007: 'Discovery',
  TA0008: 'Lateral Movement',
  TA0009: 'Collection',
  TA0010: 'Exfiltration',
  TA0011: 'Command and Control',
  TA0040: 'Impact',
};

/** Each with the tactics of {@link TACTICS} that it serves. */
const TECHNIQUES: Readonly<Record<string, readonly [name: string, ...tactics: string[]]>> = {
  T1003: ['OS Credential Dumping', 'TA0006'],
  'T1003.007': ['Proc Filesystem', 'TA0006'],
  'T1003.008': ['/etc/passwd and /etc/shadow', 'TA0006'],
  T1005: ['Data from Local System', 'TA0009'],
  T1014: ['Rootkit', 'TA0005'],
  'T1021.004': ['SSH', 'TA0008'],
  'T1027.011': ['Fileless Storage', 'TA0005'],
  T1041: ['Exfiltration Over C2 Channel', 'TA0010'],
  'T1055.008': ['Ptrace System Calls', 'TA0005', 'TA0004'],
  T1059: ['Command and Scripting Interpreter', 'TA0002'],
  'T1071.004': ['DNS', 'TA0011'],
  T1105: ['Ingress Tool Transfer', 'TA0011'],
  T1106: ['Native API', 'TA0002'],
  'T1496.001': ['Compute Hijacking', 'TA0040'],
  T1528: ['Steal Application Access Token', 'TA0006'],
  'T1547.006': ['Kernel Modules and Extensions', 'TA0004'],
  T1548: ['Abuse Elevation Control Mechanism', 'TA0004', 'TA0005'],
  T1562: ['Impair Defenses', 'TA0005'],
  'T1574.006': ['Dynamic Linker Hijacking', 'TA0004', 'TA0005'],
  T1611: ['Escape to Host', 'TA0004'],
  T1613: ['Container and Resource Discovery', 'TA0007'],
  T1620: ['Reflective Code Loading', 'TA0005'],
};

const DEPENDENCY = ['required', 'optional', 'not asked'] as const;

/** What a page and the index say of a rule; two have no manifest and bring their own. */
interface RuleFacts {
  readonly id: string;
  readonly name: string;
  readonly severity: number;
  readonly tactic: string;
  readonly technique: string;
  readonly events: string;
  readonly profile: string;
  readonly policy: string;
  readonly places: string;
  readonly delivered: string;
}

/** See `src/alerts/tampered-profile.ts`. */
const TAMPERED_PROFILE: RuleFacts = {
  ...{
    id: 'R1016',
    name: 'Signed profile tampered',
    severity: 10,
    tactic: 'TA0005',
    technique: 'T1562',
  },
  ...{ events: 'none: a profile that is read', profile: 'not asked', policy: 'no' },
  ...{
    places: 'everywhere',
    delivered: 'on; a rule R1016 that is not enabled in a manifest switches it off',
  },
};

/** See `src/alerts/lost-events.ts`. */
const LOST_EVENTS: RuleFacts = {
  ...{
    id: 'HW0001',
    name: 'Events of a container were not seen',
    severity: 5,
    tactic: 'TA0005',
    technique: 'T1562',
  },
  ...{ events: 'none: events that were lost', profile: 'not asked', policy: 'no' },
  ...{
    places: 'everywhere',
    delivered: 'on; a rule HW0001 that is not enabled in a manifest switches it off',
  },
};

/** The rules that come with the agent, in the order of their ids. */
export async function shippedRules(): Promise<readonly Rule[]> {
  const { manifests, errors } = await readManifests([fileURLToPath(DEFAULT_RULES_URL)]);
  const parsed = manifests.map((manifest) => parseRules(manifest));
  const [error] = [...errors, ...parsed.flatMap((each) => each.errors)];
  if (error) throw error;
  return parsed.flatMap(({ rules }) => rules).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One table for each page, the index, and what raises each rule. Throws when a rule's ids of MITRE are unknown or do not go together. */
export async function rulePageTables() {
  const rules = await shippedRules();
  const facts = [...rules.map(factsOf), TAMPERED_PROFILE, LOST_EVENTS].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  return [
    ...facts.map((each) => ({
      ...{ file: `docs/rules/${each.id}.md`, name: 'facts', lines: factLines(each) },
    })),
    { file: 'docs/rules/README.md', name: 'rules', lines: indexLines(facts) },
    { file: 'docs/rules.md', name: 'rules', lines: shortLines(facts) },
    {
      ...{ file: 'docs/rule-acts.md', name: 'acts' },
      lines: ruleActLines(new Map(rules.map(({ id, name }) => [id, name]))),
    },
  ];
}

function factsOf(rule: Rule): RuleFacts {
  const { id, name, severity, mitreTactic = '', mitreTechnique = '' } = rule;
  return {
    ...{ id, name, severity, tactic: mitreTactic, technique: mitreTechnique },
    events: [...new Set(rule.ruleExpression.map(({ eventType }) => `\`${eventType}\``))].join(', '),
    profile: profileOf(rule),
    policy: rule.supportPolicy ? 'yes' : 'no',
    places: rule.tags
      .filter((tag) => tag.startsWith('context:'))
      .map((tag) => tag.slice('context:'.length))
      .join(', '),
    delivered: rule.enabled ? 'on' : '**off**',
  };
}

function profileOf({ profileDependency, profileDataRequired = {} }: Rule): string {
  const surfaces = Object.keys(profileDataRequired).map((surface) => `\`${surface}\``);
  const dependency = DEPENDENCY[profileDependency];
  return surfaces.length > 0 ? `${dependency}: ${surfaces.join(', ')}` : dependency;
}

function factLines(facts: RuleFacts): readonly string[] {
  const { tactic, technique } = facts;
  const [name, ...tactics] = TECHNIQUES[technique] ?? [];
  if (TACTICS[tactic] === undefined || !tactics.includes(tactic)) {
    throw new Error(
      `${facts.id}: ${technique} is no technique of ${tactic}, as far as is known here`,
    );
  }
  const link = `https://attack.mitre.org/techniques/${technique.replace('.', '/')}/`;
  return [
    ...['| | |', '|---|---|'],
    `| severity | ${facts.severity} of 10 |`,
    `| MITRE ATT&CK | ${tactic} ${TACTICS[tactic]}, [${technique} ${name}](${link}) |`,
    `| events | ${facts.events} |`,
    `| profile | ${facts.profile} |`,
    `| policy | ${facts.policy} |`,
    `| places | ${facts.places} |`,
    `| as delivered | ${facts.delivered} |`,
  ];
}

function indexLines(all: readonly RuleFacts[]): readonly string[] {
  const row = (facts: RuleFacts) => {
    const { id, name, severity, technique, events, profile, policy, delivered } = facts;
    const cells = [
      `[${id}](${id}.md)`,
      name,
      severity,
      technique,
      events,
      profile,
      policy,
      delivered,
    ];
    return `| ${cells.join(' | ')} |`;
  };
  return [
    '| id | name | severity | MITRE | events | profile | policy | as delivered |',
    '|---|---|---|---|---|---|---|---|',
    ...all.map(row),
  ];
}

function shortLines(all: readonly RuleFacts[]): readonly string[] {
  return [
    '| id | name | severity | as delivered |',
    '|---|---|---|---|',
    ...all.map(
      ({ id, name, severity, delivered }) =>
        `| [${id}](rules/${id}.md) | ${name} | ${severity} | ${delivered} |`,
    ),
  ];
}
