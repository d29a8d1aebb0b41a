import { createHash } from 'node:crypto';

/** What of a finding says which others are its repeats. */
export interface Repeatable {
  readonly rule: { readonly id: string };
  readonly subject: { readonly container: { readonly id: string } };
  readonly uniqueId: string;
}

/**
 * What findings that are repeats of each other have in common: rule, container and unique id, told apart
 * whatever they contain. The unique id may be as long as a process likes; what stands for it here cannot be
 * met by another one on purpose.
 */
export function cooldownKeyOf({ rule, subject, uniqueId }: Repeatable): string {
  const digest = createHash('sha256').update(uniqueId).digest('base64');
  return JSON.stringify([rule.id, subject.container.id, digest]);
}
