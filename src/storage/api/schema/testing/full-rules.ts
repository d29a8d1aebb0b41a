/** Rules with every field that there is. */
export const RULES_OBJECT = {
  apiVersion: 'kubescape.io/v1',
  kind: 'Rules',
  metadata: { name: 'house-rules', namespace: 'kubescape' },
  spec: {
    rules: [
      {
        enabled: true,
        id: 'H0001',
        name: 'Shell',
        description: 'A shell was started.',
        expressions: {
          message: "'shell ' + event.path",
          uniqueId: 'event.path',
          ruleExpression: [{ eventType: 'exec', expression: "event.path == '/bin/sh'" }],
        },
        profileDependency: 1,
        profileDataRequired: { execs: 'all' },
        severity: 5,
        supportPolicy: false,
        tags: ['context:kubernetes'],
        state: { includePrefixes: ['/bin'] },
        agentVersionRequirement: '>=0.1.0',
        isTriggerAlert: true,
        mitreTechnique: 'T1059',
        mitreTactic: 'TA0002',
      },
    ],
  },
  status: {},
};

const selector = {
  matchLabels: { team: 'shop' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
};

/** A binding with every field that there is. */
export const RULE_BINDING_OBJECT = {
  apiVersion: 'kubescape.io/v1',
  kind: 'RuntimeRuleAlertBinding',
  metadata: { name: 'all-rules' },
  spec: {
    namespaceSelector: selector,
    podSelector: selector,
    rules: [
      { ruleID: 'H0001', parameters: { includePrefixes: ['/usr'] }, severity: '7' },
      { ruleName: 'Shell' },
      { ruleTags: ['context:kubernetes'] },
    ],
  },
};
