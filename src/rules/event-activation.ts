import type { AttributedEvent } from '#model/attributed-event.js';
import type { AdmissionEvent } from './admission-event.ts';
import { RuleEvent } from './rule-event.ts';

/** The variables of an expression. Admission requests have more: `AdmissionVariables`. */
export interface EventActivation {
  readonly event: RuleEvent | AdmissionEvent;
  readonly eventType: string;
  /** The event once more, if it is an HTTP request. */
  readonly http?: RuleEvent;
}

/** The variables for one event. Cheap: nothing of the event is decoded yet. */
export function activationOf(subject: AttributedEvent): EventActivation {
  return activationFor(subject.event.type, new RuleEvent(subject));
}

/** The variables for an event of that type. */
export function activationFor(eventType: string, event: RuleEvent): EventActivation {
  return eventType === 'http' ? { event, eventType, http: event } : { event, eventType };
}
