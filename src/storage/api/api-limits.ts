/** What a server takes on, at most. docs/kubernetes-api.md has the same table. */
export interface ApiLimits {
  /** One request body; 3 MB is what servers backed by etcd take. */
  readonly bodyBytes: number;
  /** All request bodies in memory together. */
  readonly bodiesBytes: number;
  /** Answers that were not read yet, lists and watches not counted. */
  readonly unreadBytes: number;
  /** Requests that are worked on at once, watches not counted. */
  readonly inFlight: number;
  readonly watchers: number;
  /** The newest events of each kind, kept for all watchers. */
  readonly ringEvents: number;
  readonly ringBytes: number;
}

/** What holds when nothing else is said. */
export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 3 * 1024 * 1024,
  bodiesBytes: 64 * 1024 * 1024,
  unreadBytes: 64 * 1024 * 1024,
  inFlight: 256,
  watchers: 4_096,
  ringEvents: 4_096,
  ringBytes: 16 * 1024 * 1024,
};

/** Objects and lists within each other, in a body and in what a patch makes of an object. */
export const MOST_LEVELS = 200;
