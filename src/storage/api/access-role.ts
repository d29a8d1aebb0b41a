/** What somebody may do. */
export const ROLES = ['read-only', 'read-write'] as const;

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Who asks. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}
