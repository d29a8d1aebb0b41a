/** What an input tells while it is read. */
export interface LineInputHooks {
  /** It could be opened: from now on whatever is written comes. */
  readonly onOpen: () => void;
  /** Bytes in their order; they may be overwritten as soon as this returns. */
  readonly onChunk: (chunk: Uint8Array) => void;
  /** What came so far is whole: one file of several has ended. */
  readonly onEnd: () => void;
  /** Bytes were lost that nobody can count; what follows begins with a new line. `reason` is for a person. */
  readonly onGap: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Where lines come from. */
export interface LineInput {
  /**
   * Settles when `signal` aborts. Waits as long as it may still come into being. Rejects with `unavailable` when it cannot be read or has ended, with `invalid` when
   * it is nothing that lines can come from, and with what a hook threw.
   */
  read(hooks: LineInputHooks): Promise<void>;
}
