import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rule, RuleEventType } from './rule.ts';
import { engineWith } from './testing/engine-builder.ts';
import { happened } from './testing/other-subjects.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anExec } from './testing/subjects.ts';

const READS_HTTP = "http.request.method == 'POST'";

function about(...types: readonly RuleEventType[]): Rule['ruleExpression'] {
  return types.map((eventType) => ({ eventType, expression: 'true' }));
}

describe('the language of an expression', () => {
  it('has http only where it is about requests', () => {
    const expression = `true && ${READS_HTTP}`;
    compiled(aRule({ ruleExpression: [{ eventType: 'http', expression }] }));
    for (const eventType of ['exec', 'network', 'k8s-admission'] as const) {
      assert.throws(() => compiled(aRule({ ruleExpression: [{ eventType, expression }] })), {
        code: 'invalid',
        message:
          'test.yaml: rule R9999: expressions.ruleExpression.0.expression: line 1, column 9: unknown variable: http',
      });
    }
  });

  for (const field of ['message', 'uniqueId'] as const) {
    it(`is that of all the rule's types for its ${field}`, () => {
      const text = "'to ' + http.request.host";
      compiled(aRule({ [field]: text, ruleExpression: about('http') }));
      for (const types of [
        ['http', 'exec'],
        ['exec', 'http'],
        ['http', 'k8s-admission'],
      ] as const) {
        assert.throws(() => compiled(aRule({ [field]: text, ruleExpression: about(...types) })), {
          message: `test.yaml: rule R9999: expressions.${field}: line 1, column 9: unknown variable: http`,
        });
      }
      const ofRequests = { [field]: 'event.UserInfo.Username' };
      assert.throws(
        () => compiled(aRule({ ...ofRequests, ruleExpression: about('k8s-admission', 'exec') })),
        { message: new RegExp(`expressions\\.${field}: line 1, column 7: .*UserInfo`) },
      );
    });
  }

  it('gives the texts of each type of event that a rule is about', () => {
    const rule = aRule({
      message: "eventType + ' by ' + event.comm",
      ruleExpression: about('http', 'k8s-admission', 'exec'),
    });
    const engine = engineWith(compiled(rule));
    const messages = [anExec({ comm: 'sh' }), happened('http', { comm: 'curl' })].flatMap((one) =>
      engine.evaluate(one).map(({ message }) => message),
    );
    assert.deepEqual(messages, ['exec by sh', 'http by curl']);
  });
});
