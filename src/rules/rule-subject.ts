import type { AttributedEvent } from '#model/attributed-event.js';
import { activationOf, type EventActivation } from './event-activation.ts';
import type { RuleEventType } from './rule.ts';
import { contextOf, type RuleContext } from './rule-context.ts';
import { RuleEvent } from './rule-event.ts';
import type { ContainerIdentity } from './rule-host.ts';

/** What rules need of an event: it happened to a container that is known, or somebody describes it. */
export interface RuleSubject {
  readonly type: RuleEventType;
  readonly activation: EventActivation;
  readonly containerId: string;
  readonly context: RuleContext;
  /** Name of the process's thread, by which a policy may allow it. */
  readonly comm: string;
  /** The container's, for bindings. */
  readonly namespace: string;
  /** The pod's, for bindings; absent outside Kubernetes, or when nobody says. */
  readonly podLabels?: Readonly<Record<string, string>> | undefined;
  /** The event itself; without one there is no finding, only a decision. */
  readonly subject?: AttributedEvent;
}

/** An event as rules take it. Cheap: nothing of the event is decoded. */
export function subjectOf(subject: AttributedEvent): RuleSubject {
  const { event, container } = subject;
  return {
    type: event.type,
    activation: activationOf(subject),
    containerId: container.id,
    context: contextOf(container),
    comm: event.comm,
    namespace: container.namespace,
    podLabels: container.pod?.labels,
    subject,
  };
}

/** Which container of which pod it is; undefined when the event is not one of a container. */
export function identityIn({ activation: { event } }: RuleSubject): ContainerIdentity | undefined {
  return event instanceof RuleEvent ? event : undefined;
}
