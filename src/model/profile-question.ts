import type { ProfileKind } from './profile.ts';

/** A question to a profile, for people: does it allow this, and by what? */
export type ProfileQuestion =
  | { readonly surface: 'execs'; readonly path: string; readonly args?: readonly string[] }
  | { readonly surface: 'opens'; readonly path: string; readonly flags?: readonly string[] }
  | { readonly surface: 'syscalls' | 'capabilities'; readonly name: string }
  | {
      readonly surface: 'endpoints';
      readonly endpoint: string;
      readonly methods?: readonly string[];
    }
  | {
      readonly surface: 'egress' | 'ingress';
      /** An IP address or a domain. */
      readonly peer: string;
      readonly port?: number;
      readonly protocol?: string;
    };

/** What an object is to a container's profile. */
export type SourceRole =
  | 'learned'
  | 'managed-application'
  | 'managed-network'
  | 'authored-for-container'
  | 'authored-for-pod'
  | 'user-application'
  | 'user-network';

/** The stored object that an entry came from. */
export interface ProfileOrigin {
  readonly role: SourceRole;
  readonly kind: ProfileKind;
  readonly namespace: string;
  readonly name: string;
  /** Undefined for what was never stored. */
  readonly resourceVersion?: string | undefined;
}

/** An entry of a profile, as a person would write it, and where it came from. */
export interface SourcedEntry {
  readonly entry: string;
  readonly origin: ProfileOrigin;
}

/** The answer to a {@link ProfileQuestion}. */
export interface ProfileAnswer {
  /** Every entry that allows it, source by source in the order of merging; empty when nothing does. */
  readonly allowedBy: readonly SourcedEntry[];
  /** The entry most like it, when nothing allows it and something is like it. */
  readonly nearest?: SourcedEntry | undefined;
}
