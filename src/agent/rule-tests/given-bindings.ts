import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { parseRuleBinding } from '#rules/rule-binding.js';
import type { RuleTest } from './rule-test.ts';

const KIND = 'RuntimeRuleAlertBinding';

/**
 * The bindings of a test as manifests, which a test may leave out around the spec; undefined when it says nothing
 * of bindings. Throws `invalid` with the field and what was expected.
 */
export function givenBindings({ bindings }: Pick<RuleTest, 'bindings'>) {
  return bindings?.map((given, index): RuleObject => {
    const source = `bindings.${index}`;
    const isWhole = 'kind' in given || 'apiVersion' in given;
    const metadata = { name: source };
    const around = { apiVersion: 'kubescape.io/v1', kind: KIND, metadata, spec: given };
    const object = isWhole ? given : around;
    if (object['kind'] !== KIND) {
      const got = JSON.stringify(object['kind']) ?? 'nothing';
      throw new AgentError('invalid', `${source}: kind: expected ${KIND}, got ${got}`);
    }
    const parsed = parseRuleBinding({ source, object });
    if (!(parsed instanceof AgentError)) return { source, object };
    if (isWhole) throw parsed;
    // The test has no `spec` that a message could point to.
    throw new AgentError('invalid', parsed.message.replace(/(: |; )spec\./g, '$1'));
  });
}
