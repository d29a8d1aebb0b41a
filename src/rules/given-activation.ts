import {
  ADMISSION_VARIABLES,
  type AdmissionVariables,
  admissionEvent,
  admissionVariables,
} from './admission-event.ts';
import { activationFor, type EventActivation } from './event-activation.ts';
import { givenEvent } from './given-event.ts';
import type { RuleEventType } from './rule.ts';

/**
 * The variables for an event of which the fields are given, as a file of JSON or YAML has them:
 * names are those that expressions use, numbers may be written as texts, `type` is not looked at.
 * What is not given is zero. Paths are normalised; all else is taken as it is. Of `k8s-admission` any
 * field may be given, and `object`, `oldObject`, `options` and `params`, which become variables.
 * Throws `invalid` that names the field and what was expected.
 */
export function givenActivation(
  type: RuleEventType,
  fields: Readonly<Record<string, unknown>>,
): EventActivation | (EventActivation & AdmissionVariables) {
  const { type: _type, ...given } = fields;
  if (type !== 'k8s-admission') return activationFor(type, givenEvent(type, given));
  const variables = new Set<string>(ADMISSION_VARIABLES);
  const own = Object.entries(given).filter(([name]) => !variables.has(name));
  return {
    event: admissionEvent(Object.fromEntries(own)),
    eventType: type,
    ...admissionVariables(given),
  };
}
