import type { CelObjectType } from '#cel/cel-declarations.js';
import { CelEnvironment } from '#cel/cel-environment.js';
import { HttpRequest, RuleEvent } from './event-activation.ts';
import { EVENT_FIELDS, REQUEST_FIELDS, UNMEASURED_FIELDS } from './event-fields.ts';
import { RULE_FUNCTIONS } from './rule-functions.ts';
import type { RuleHost } from './rule-host.ts';

const TYPES: readonly CelObjectType[] = [
  {
    name: 'HttpRequest',
    prototype: HttpRequest,
    fields: REQUEST_FIELDS,
    neverPresent: Object.keys(REQUEST_FIELDS),
  },
  { name: 'Event', prototype: RuleEvent, fields: EVENT_FIELDS, neverPresent: UNMEASURED_FIELDS },
];

/** The language of rules: the event's fields, the profile's functions and CEL itself. */
export function createRuleEnvironment(): CelEnvironment<RuleHost> {
  return new CelEnvironment({
    types: TYPES,
    variables: { event: 'Event', eventType: 'string', http: 'Event' },
    functions: RULE_FUNCTIONS,
  });
}
