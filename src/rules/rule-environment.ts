import type { CelObjectType, CelType } from '#cel/cel-declarations.js';
import { CelEnvironment } from '#cel/cel-environment.js';
import { ADMISSION_VARIABLES } from './admission-event.ts';
import { EVENT_FIELDS, MEASURED_FIELDS, REQUEST_FIELDS } from './event-fields.ts';
import { HttpRequest } from './http-request.ts';
import { presenceOf } from './presence.ts';
import type { RuleEventType } from './rule.ts';
import { RuleEvent } from './rule-event.ts';
import { RULE_FUNCTIONS } from './rule-functions.ts';
import type { RuleHost } from './rule-host.ts';

const TYPES: readonly CelObjectType[] = [
  {
    name: 'HttpRequest',
    prototype: HttpRequest,
    fields: REQUEST_FIELDS,
    presence: presenceOfEach(Object.keys(REQUEST_FIELDS)),
  },
  {
    name: 'Event',
    prototype: RuleEvent,
    fields: EVENT_FIELDS,
    presence: presenceOfEach(MEASURED_FIELDS),
  },
];

function presenceOfEach(fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map((field) => [field, presenceOf(field)]));
}

/** Requests have other fields for every kind of object, so none is checked when compiling. */
const ADMISSION: Readonly<Record<string, CelType>> = {
  event: 'map<string, dyn>',
  eventType: 'string',
  ...Object.fromEntries(ADMISSION_VARIABLES.map((name) => [name, 'dyn'])),
};

/** The language of rules on what happens in containers: the event's fields, all functions and CEL itself. */
export function createRuleEnvironment(): CelEnvironment<RuleHost> {
  return new CelEnvironment({
    types: TYPES,
    variables: { event: 'Event', eventType: 'string', http: 'Event' },
    functions: RULE_FUNCTIONS,
  });
}

/** The languages of rules: which one an expression is in depends on the type of event it is about. */
export class RuleLanguages {
  readonly #events = createRuleEnvironment();
  readonly #admission: CelEnvironment<RuleHost> = new CelEnvironment({
    types: [],
    variables: ADMISSION,
    functions: RULE_FUNCTIONS,
  });

  /** The language for expressions about events of that type. The same object for types that share one. */
  of(type: RuleEventType): CelEnvironment<RuleHost> {
    return type === 'k8s-admission' ? this.#admission : this.#events;
  }
}
