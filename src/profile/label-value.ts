import { AgentError } from '#model/agent-error.js';

const MAX_LABEL_VALUE_BYTES = 63;
const MAX_SUBDOMAIN_BYTES = 253;
const VALID_LABEL_VALUE = /^$|^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;
const VALID_SUBDOMAIN = /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/;

/**
 * A valid Kubernetes label value. A valid one comes back as it is; otherwise what a value cannot
 * hold becomes `-`, letters become lower case, and it is cut to 63 bytes. Empty when nothing is left.
 */
export function toValidLabelValue(text: string): string {
  if (VALID_LABEL_VALUE.test(text)) return text;
  return fitted(text.replace(/[^a-zA-Z0-9\-_.]/gu, '-'), MAX_LABEL_VALUE_BYTES);
}

/**
 * A valid DNS subdomain, the form of most names of Kubernetes objects. A valid one comes back as it
 * is; otherwise what it cannot hold becomes `-`, letters become lower case, and it is cut to 253
 * bytes. Throws `invalid` when nothing is left.
 */
export function toValidDnsSubdomain(text: string): string {
  if (VALID_SUBDOMAIN.test(text)) return text;
  const name = fitted(text.replace(/[^a-zA-Z0-9\-.]/gu, '-'), MAX_SUBDOMAIN_BYTES);
  if (name !== '') return name;
  throw new AgentError('invalid', `name "${text}": expected at least one letter or digit`);
}

/** The order matters: hyphens at the ends do not count towards the length, other signs do. */
function fitted(text: string, maxBytes: number): string {
  return text
    .toLowerCase()
    .replace(/^-+|-+$/g, '')
    .slice(0, maxBytes)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}
