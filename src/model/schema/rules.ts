import { AGE_COLUMN } from './profile-columns.ts';
import type { ResourceDefinition } from './resource.ts';
import { anyObject, flag, record, text, texts, whole } from './schema-parts.ts';

const ruleExpression = record(
  'An expression for one type of event.',
  {
    eventType: text('The type of event, for example exec.'),
    expression: text('A CEL expression that is true when the event is to be found.'),
  },
  ['eventType', 'expression'],
);

const expressions = record(
  'The CEL expressions of the rule.',
  {
    message: text("Gives the alert's text."),
    uniqueId: text('Gives what makes two findings of the rule in one container the same.'),
    ruleExpression: {
      type: 'array',
      description: 'All that name the type of an event must be true of it.',
      items: ruleExpression,
    },
  },
  ['message', 'uniqueId', 'ruleExpression'],
);

const rule = record(
  'One rule.',
  {
    enabled: flag('Whether the rule is used.'),
    id: text('Identifies the rule, for example R0001.'),
    name: text('Name of the rule, for people.'),
    description: text('What the rule finds, for people.'),
    expressions,
    profileDependency: {
      type: 'integer',
      description: 'Whether a profile is needed: 0 required, 1 optional, 2 not used.',
      enum: [0, 1, 2],
    },
    profileDataRequired: anyObject('What the rule reads of a profile, by surface.'),
    severity: whole('How bad a finding is, from 0 to 10.', { minimum: 0, maximum: 10 }),
    supportPolicy: flag(
      'Whether rulePolicies of a profile may make exceptions; false when absent.',
    ),
    tags: texts('Tags; context:… say where the rule is used.'),
    state: anyObject('Parameters of the rule.'),
    agentVersionRequirement: text('Range of agent versions that the rule is for.'),
    isTriggerAlert: flag('Whether a finding becomes an alert; true when absent.'),
    mitreTechnique: text('Technique of MITRE ATT&CK.'),
    mitreTactic: text('Tactic of MITRE ATT&CK.'),
  },
  ['enabled', 'id', 'name', 'expressions', 'profileDependency', 'severity'],
);

/** Detection rules. What it demands is what the agent's rule reader demands. */
export const RULES: ResourceDefinition = {
  group: 'kubescape.io',
  version: 'v1',
  kind: 'Rules',
  listKind: 'RulesList',
  plural: 'rules',
  singular: 'rule',
  shortNames: [],
  namespaced: true,
  description: 'Rules says what the agent looks for in events.',
  schema: record(
    '',
    {
      spec: record(
        'The rules.',
        { rules: { type: 'array', description: 'The rules.', items: rule } },
        ['rules'],
      ),
      status: anyObject('Not used.'),
    },
    ['spec'],
  ),
  columns: [
    {
      name: 'First',
      type: 'string',
      description: 'The ID of the first rule.',
      priority: 0,
      jsonPath: '.spec.rules[0].id',
    },
    {
      name: 'First-Rule',
      type: 'string',
      description: 'The name of the first rule.',
      priority: 1,
      jsonPath: '.spec.rules[0].name',
    },
    AGE_COLUMN,
  ],
};
