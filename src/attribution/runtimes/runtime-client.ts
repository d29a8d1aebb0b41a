import type { ContainerRecord } from '../container-record.ts';

/** What a runtime tells of a container, and of the newest run of it. */
export interface DescribedContainer {
  /** What names it: labels and annotations in the words that containerd's CRI uses for them. */
  readonly record: ContainerRecord;
  /** The labels that it really has. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the pod's sandbox; absent outside Kubernetes, and of a sandbox itself. */
  readonly sandboxLabels?: Readonly<Record<string, string>> | undefined;
  /** `sha256:…`, or empty. */
  readonly imageDigest: string;
  /** Tells one run from another; empty when it has not been started yet. */
  readonly run: string;
  readonly isRunning: boolean;
  /** First process as the host sees it; 0 when unknown, and after its end. */
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs?: number | undefined;
  readonly end?: { readonly timeMs: number; readonly exitCode?: number } | undefined;
}

/** That something happened to a container; what it was is to be asked. */
export interface ContainerHint {
  readonly containerId: string;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** When it was the end of a run, and the runtime said how it ended. */
  readonly exitCode?: number;
}

interface Call {
  readonly signal: AbortSignal;
}

/** A connection to a runtime. Calls reject with `unavailable` when it cannot be reached or takes too long, with `aborted` and `invalid` as named. */
export interface RuntimeClient {
  /** Ids of what runs now: containers, and sandboxes of pods. */
  running(call: Call): Promise<readonly string[]>;
  /** Undefined when there is no such container (any more). */
  describe(containerId: string, call: Call): Promise<DescribedContainer | undefined>;
  /**
   * Gives hints until `signal` aborts, then settles. Rejects with `invalid` when this runtime has no such stream, with
   * `unavailable` when it breaks. `onStanding` is called when nothing that happens from now on is missed, as far as that shows.
   */
  follow(
    options: Call & {
      readonly onStanding: () => void;
      readonly onHint: (hint: ContainerHint) => void;
    },
  ): Promise<void>;
  close(): void;
}

/** What differs between runtimes, for those who watch one. */
export interface RuntimeKind {
  /** In messages. */
  readonly name: string;
  readonly runtimeNamespace: string;
  /** Some runtimes take a subscription and never tell anything: until it did, containers are listed often. */
  readonly isStreamSure: boolean;
  /** A container may be started again under its id. */
  readonly canRestart: boolean;
  readonly connect: () => RuntimeClient;
}
