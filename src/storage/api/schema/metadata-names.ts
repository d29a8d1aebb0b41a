const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const MOST_SUBDOMAIN = 253;
const MOST_LABEL = 63;

const WHOLE_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')";
const WHOLE_LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name')";
const WHOLE_NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName')";

/** What is wrong with the name of an object, as Kubernetes says it; undefined when nothing is. */
export function subdomainFlaw(name: string): string | undefined {
  if (name.length > MOST_SUBDOMAIN) return tooLong(MOST_SUBDOMAIN);
  return SUBDOMAIN.test(name) ? undefined : WHOLE_SUBDOMAIN;
}

/** Likewise for the name of a namespace. */
export function dnsLabelFlaw(name: string): string | undefined {
  if (name.length > MOST_LABEL) return tooLong(MOST_LABEL);
  return LABEL.test(name) ? undefined : WHOLE_LABEL;
}

/** Likewise for the key of a label or annotation, or a finalizer: a name with or without a domain before it. */
export function qualifiedNameFlaw(key: string): string | undefined {
  if (key.length > MOST_SUBDOMAIN + 1 + MOST_LABEL) return tooLong(MOST_SUBDOMAIN + 1 + MOST_LABEL);
  const [first = '', second, ...more] = key.split('/');
  if (more.length > 0) return `${WHOLE_NAME_PART} with an optional DNS subdomain prefix and '/'`;
  if (second === undefined) return namePartFlaw(first);
  const prefix = subdomainFlaw(first);
  return prefix === undefined ? namePartFlaw(second) : `prefix part ${prefix}`;
}

/** Likewise for the value of a label. */
export function labelValueFlaw(value: string): string | undefined {
  if (value.length > MOST_LABEL) return tooLong(MOST_LABEL);
  if (value === '' || QUALIFIED.test(value)) return;
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue')";
}

function namePartFlaw(part: string): string | undefined {
  if (part === '') return 'name part must be non-empty';
  if (part.length > MOST_LABEL) return `name part ${tooLong(MOST_LABEL)}`;
  return QUALIFIED.test(part) ? undefined : WHOLE_NAME_PART;
}

function tooLong(most: number): string {
  return `must be no more than ${most} characters`;
}
