import { AgentError } from '#model/agent-error.js';
import { givenActivation } from '#rules/given-activation.js';
import type { RuleSubject } from '#rules/rule-subject.js';
import type { RuleTestStep } from './rule-test.ts';

/**
 * The event of a step, as the engine takes it, and the id of the container that the step's profile belongs
 * to: the event may name another one. Throws `invalid` with the field and what was expected.
 */
export function givenSubject(step: RuleTestStep): {
  readonly subject: RuleSubject;
  readonly profiledId: string;
} {
  const { type, ...fields } = step.event;
  const { context, container } = step;
  const profiledId =
    container.id ?? Object.keys(context.containers ?? {})[0] ?? textOf(fields['containerId']);
  const all = { ...containerFields(step, profiledId), ...fields };
  return {
    profiledId,
    subject: {
      type,
      activation: activationOf(type, all),
      containerId: textOf(all.containerId),
      context: context.kind ?? 'kubernetes',
      comm: textOf(fields['comm']),
      namespace: textOf(all.namespace),
      podLabels: container.podLabels ?? {},
    },
  };
}

/** What the event says of its container when it does not say it itself. */
function containerFields({ container, context }: RuleTestStep, id: string) {
  const known = context.containers?.[id]?.['name'];
  return {
    containerId: id as unknown,
    containerName: container.name ?? textOf(known),
    namespace: (container.namespace ?? '') as unknown,
    podName: container.pod ?? '',
  };
}

function activationOf(type: RuleSubject['type'], fields: Readonly<Record<string, unknown>>) {
  try {
    return givenActivation(type, fields);
  } catch (reason) {
    const { message } = AgentError.from(reason);
    throw new AgentError('invalid', `event.${message.replace(/^event\./, '')}`, { cause: reason });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
