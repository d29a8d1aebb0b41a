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

/** A language of rules. */
export type RuleLanguage = CelEnvironment<RuleHost>;

const VARIABLES: Readonly<Record<string, CelType>> = { event: 'Event', eventType: 'string' };

/**
 * The language of rules on what happens in containers: the event's fields, all functions and CEL itself.
 * With `http`, which is the event once more, it is the one for requests.
 */
export function createRuleEnvironment({ hasHttp = true } = {}): RuleLanguage {
  return new CelEnvironment({
    types: TYPES,
    variables: hasHttp ? { ...VARIABLES, http: 'Event' } : VARIABLES,
    functions: RULE_FUNCTIONS,
  });
}

function createAdmissionEnvironment(): RuleLanguage {
  return new CelEnvironment({ types: [], variables: ADMISSION, functions: RULE_FUNCTIONS });
}

/** The languages of rules: which one an expression is in depends on the type of event it is about. */
export class RuleLanguages {
  readonly #made = new Map<RuleEventType | 'event', RuleLanguage>();

  /** The language for expressions about events of that type. The same object for types that share one. */
  of(type: RuleEventType): RuleLanguage {
    if (type === 'k8s-admission') return this.#get(type, createAdmissionEnvironment);
    if (type === 'http') return this.#get(type, createRuleEnvironment);
    return this.#get('event', () => createRuleEnvironment({ hasHttp: false }));
  }

  /**
   * The languages in which an expression about all these types must compile, each once. Without that of `http`
   * where it has nothing to say: whatever compiles for other events compiles for requests.
   */
  ofAll(about: readonly { readonly eventType: RuleEventType }[]): ReadonlySet<RuleLanguage> {
    const types = about.map(({ eventType }) => eventType);
    const isOfOthers = types.some((type) => type !== 'http' && type !== 'k8s-admission');
    const asked = types.filter((type) => type !== 'http' || !isOfOthers);
    return new Set(asked.map((type) => this.of(type)));
  }

  #get(type: RuleEventType | 'event', make: () => RuleLanguage): RuleLanguage {
    const language = this.#made.get(type) ?? make();
    this.#made.set(type, language);
    return language;
  }
}
