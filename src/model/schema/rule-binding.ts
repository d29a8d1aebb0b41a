import { labelSelector } from './label-selector.ts';
import { AGE_COLUMN } from './profile-columns.ts';
import type { Column, ResourceDefinition } from './resource.ts';
import { anyObject, listOf, record, text, texts } from './schema-parts.ts';

const boundRule = {
  ...record('A rule, or the rules with some tags. Exactly one of ruleID, ruleName and ruleTags.', {
    ruleID: text('ID of the rule.'),
    ruleName: text('Name of the rule.'),
    ruleTags: texts('Tags; every rule that has one of them.'),
    parameters: anyObject("Values that replace those of the rule's state."),
    severity: text('Severity that replaces that of the rule.'),
  }),
  exactlyOneOf: ['ruleID', 'ruleName', 'ruleTags'],
};

/** Which rules are for which pods. */
export const RUNTIME_RULE_ALERT_BINDING: ResourceDefinition = {
  group: 'kubescape.io',
  version: 'v1',
  kind: 'RuntimeRuleAlertBinding',
  listKind: 'RuntimeRuleAlertBindingList',
  plural: 'runtimerulealertbindings',
  singular: 'runtimerulealertbinding',
  shortNames: ['rab'],
  namespaced: false,
  description: 'RuntimeRuleAlertBinding says which rules are used for which pods.',
  schema: record('', {
    spec: record('Pods and rules.', {
      namespaceSelector: labelSelector('Which namespaces; all when absent or empty.'),
      podSelector: labelSelector('Which pods of them; all when absent or empty.'),
      rules: listOf(boundRule, 'Which rules.'),
    }),
  }),
  columns: [
    column('First', 'rules[0].ruleName', 'The name of the first rule, where it is bound by name.'),
    wide(column('Namespaces', 'namespaceSelector.matchLabels', 'Labels of the namespaces.')),
    wide(column('Pods', 'podSelector.matchLabels', 'Labels of the pods.')),
    AGE_COLUMN,
  ],
};

function column(name: string, path: string, description: string): Column {
  return { name, type: 'string', description, priority: 0, jsonPath: `.spec.${path}` };
}

function wide(made: Column): Column {
  return { ...made, priority: 1 };
}
