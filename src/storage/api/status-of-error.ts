import { REFUSAL_WORDS } from '#consolidation/report-refusal.js';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { qualifiedPlural } from './resource-rows.ts';
import { failure, Refusal, type Status, type StatusDetails, type StatusReason } from './status.ts';

/** What was being done when something failed. */
export interface RequestSubject {
  readonly verb: string;
  readonly definition?: ResourceDefinition;
  readonly name?: string;
}

const RETRY = { retryAfterSeconds: 1 };

type Tell = (error: AgentError, subject: RequestSubject) => Status;

/** How each code of the store is told to a client. */
const TELL: Readonly<Record<ErrorCode, Tell>> = {
  aborted: told('ServiceUnavailable', () => RETRY),
  completed: told('Conflict', () => refused(REFUSAL_WORDS.completed)),
  conflict: conflict,
  exhausted: told('TooManyRequests', () => RETRY),
  expired: told('Expired'),
  internal: told('InternalError'),
  invalid: told('Invalid', ({ message }) => ({
    causes: [{ reason: 'FieldValueInvalid', message, ...fieldIn(message) }],
  })),
  'not-found': notFound,
  'too-large': told('Conflict', () => refused(REFUSAL_WORDS['too-large'])),
  unavailable: told('ServiceUnavailable', () => RETRY),
};

/** Clients of the public storage know these by their words, whatever the status. */
function refused(words: string): StatusDetails {
  return { causes: [{ reason: words, message: words }] };
}

/** The Status for anything that was thrown while a request was worked on. */
export function statusOfError(reason: unknown, subject: RequestSubject): Status {
  const refused = refusalIn(reason);
  if (refused !== undefined) return refused.status;
  const error = AgentError.from(reason);
  return TELL[error.code](error, subject);
}

/** The refusal that a store passed on, as it is or as the cause of an error of its own. */
export function refusalIn(reason: unknown): Refusal | undefined {
  let at: unknown = reason;
  for (let depth = 0; depth < 4 && at instanceof Error; depth += 1) {
    if (at instanceof Refusal) return at;
    at = at.cause;
  }
  return undefined;
}

/** `details` of a Status about one object or kind. */
export function detailsOf({ definition, name }: RequestSubject): StatusDetails {
  return {
    ...(name !== undefined && { name }),
    ...(definition && { group: definition.group, kind: definition.plural }),
  };
}

function told(reason: StatusReason, more?: (error: AgentError) => StatusDetails): Tell {
  return (error, subject) =>
    failure(reason, error.message, { ...detailsOf(subject), ...more?.(error) });
}

function conflict({ message }: AgentError, subject: RequestSubject): Status {
  const which = subjectText(subject);
  const details = detailsOf(subject);
  if (subject.verb === 'create')
    return failure('AlreadyExists', `${which} already exists`, details);
  const says = `Operation cannot be fulfilled on ${which}: ${message}; please apply your changes to the latest version and try again`;
  return failure('Conflict', says, details);
}

function notFound(_error: AgentError, subject: RequestSubject): Status {
  return failure('NotFound', `${subjectText(subject)} not found`, detailsOf(subject));
}

function subjectText({ definition, name }: RequestSubject): string {
  return `${definition ? qualifiedPlural(definition) : 'the resource'} "${name ?? ''}"`;
}

/** The store begins its messages with the object and the field: `Kind ns/name: metadata.labels: expected …`. */
function fieldIn(message: string): { readonly field?: string } {
  const field = /\b((?:metadata|spec|status)(?:\.[\w-]+|\[\d+\])*)/.exec(message)?.[1];
  return field === undefined ? {} : { field };
}
