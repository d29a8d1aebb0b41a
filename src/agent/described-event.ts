import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';
import { givenActivation } from '#rules/given-activation.js';
import { RULE_EVENT_TYPES, type RuleEventType } from '#rules/rule.js';
import { contextOf } from '#rules/rule-context.js';
import type { RuleSubject } from '#rules/rule-subject.js';

/** The container in which an event is thought to happen. */
export interface DescribedPlace {
  readonly view: CacheEntryView;
  /** Absent while nobody has identified it. */
  readonly container: Container | undefined;
}

/**
 * What a person described, with `type` and the fields that rules read, in a container: its names are filled in
 * where the description has none. Throws `invalid` that names the field that is wrong.
 */
export function describedEvent(
  event: Readonly<Record<string, unknown>>,
  { view, container }: DescribedPlace,
): RuleSubject {
  const { type, ...fields } = event;
  if (!isEventType(type)) {
    const types = RULE_EVENT_TYPES.join(', ');
    const got = JSON.stringify(type) ?? 'nothing';
    throw new AgentError('invalid', `event.type: expected one of ${types}; got ${got}`);
  }
  const { containerId, containerName = '', namespace = '', podName = '' } = view;
  const { comm } = fields;
  const labels = container?.pod?.labels;
  return {
    type,
    activation: givenActivation(type, {
      ...{ containerId, containerName, namespace, podName },
      ...fields,
    }),
    context: container === undefined ? 'kubernetes' : contextOf(container),
    ...{ containerId, namespace, comm: typeof comm === 'string' ? comm : '' },
    ...(labels !== undefined && { podLabels: labels }),
  };
}

function isEventType(type: unknown): type is RuleEventType {
  return RULE_EVENT_TYPES.includes(type as RuleEventType);
}
