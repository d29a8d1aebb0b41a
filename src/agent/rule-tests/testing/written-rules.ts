/** A rule of the public format about which lint has nothing to say; changes as given. */
export function aWrittenRule(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    enabled: true,
    id: 'T1',
    name: 'Unlearned program',
    description: 'A program that the profile does not have was started.',
    expressions: {
      message: "'started ' + event.comm",
      uniqueId: 'event.exepath',
      ruleExpression: [
        { eventType: 'exec', expression: '!cp.was_executed(event.containerId, event.exepath)' },
      ],
    },
    profileDependency: 0,
    profileDataRequired: { execs: 'all' },
    severity: 5,
    mitreTactic: 'TA0002',
    mitreTechnique: 'T1059',
    tags: ['context:container'],
    ...changes,
  };
}

/** The same with other expressions, each of its type. */
export function aRuleAbout(
  conditions: readonly (readonly [eventType: string, expression: string])[],
  changes: Readonly<Record<string, unknown>> = {},
) {
  const { expressions, ...rest } = aWrittenRule();
  const ruleExpression = conditions.map(([eventType, expression]) => ({ eventType, expression }));
  const plain = { profileDependency: 2, profileDataRequired: undefined, ...changes };
  return { ...rest, expressions: { ...expressions, uniqueId: "'u'", ruleExpression }, ...plain };
}

/** A manifest of rules, as JSON. */
export function aManifest(...rules: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules } });
}
