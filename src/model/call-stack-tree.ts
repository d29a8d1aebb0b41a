import type { StackFrame } from './profile.ts';

/** The call stacks of a profile, for search. Frames are equal when file and line are. */
export interface CallStackTree {
  /** The calls that have stacks, in code unit order. */
  readonly callIds: readonly string[];
  /** This very stack, from the outermost frame on, was seen for the call. */
  hasStack(callId: string, frames: readonly StackFrame[]): boolean;
  /** A stack that begins with these frames was seen for the call; no frames: any stack. */
  hasPrefix(callId: string, frames: readonly StackFrame[]): boolean;
}
