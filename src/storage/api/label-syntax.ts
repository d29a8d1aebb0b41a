const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** RFC 1123 subdomain as Kubernetes takes it for most names: 253 characters at most. */
export function isDnsSubdomain(text: string): boolean {
  return (
    text.length <= 253 &&
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text)
  );
}

/** Keys of labels and annotations, and finalizers: `name` or `prefix/name`. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return NAME.test(text);
  return isDnsSubdomain(text.slice(0, slash)) && NAME.test(text.slice(slash + 1));
}

/** What a label may be; may be empty. */
export function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}
