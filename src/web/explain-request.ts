import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import type { Observed } from './observed.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const request = v.union(
  [
    v.strictObject({ alert: text }),
    v.strictObject({
      event: v.record(v.string(), v.unknown()),
      container: text,
      rule: v.optional(text),
    }),
  ],
  'expected {"alert": KEY}, or {"event": {…}, "container": ID} with or without "rule": ID',
);

/** Answers `POST /api/v1/explain`. Rejects with `invalid` when the body is no such question, and as the agent does. */
export async function explanation(
  { alerts }: Observed,
  body: string,
): Promise<{ readonly items: readonly RuleExplanation[] }> {
  const asked = v.safeParse(request, parsed(body));
  if (!asked.success) {
    throw new AgentError('invalid', `the body: ${asked.issues[0].message}`);
  }
  if ('alert' in asked.output) {
    return { items: [await alerts.explainAlert(asked.output.alert)] };
  }
  const { event, container, rule } = asked.output;
  return { items: await alerts.explainEvent({ event, containerId: container, ruleId: rule }) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new AgentError('invalid', 'the body: expected JSON', { cause });
  }
}
