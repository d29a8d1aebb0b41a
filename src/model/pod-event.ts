/** Something to tell about a pod by a Kubernetes Event. */
export interface PodEvent {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly containerName: string;
  readonly nodeName: string;
  /** Few different ones, in CamelCase or an id. */
  readonly reason: string;
  readonly action: string;
  /** For people. */
  readonly note: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly timestamp: string;
  /** Events of one pod with the same one are one Event there, counted. */
  readonly series: string;
  /** What is told again with the same one is not counted again. */
  readonly key: string;
  /** How many times it happened. */
  readonly count: number;
}

/** Writes Events about pods. */
export interface PodEventWriter {
  /**
   * Makes an Event, or counts up the one of its series. Rejects with AgentError: `invalid` and `not-found` when the
   * cluster will never take it, anything else when it may later.
   */
  write(event: PodEvent, options: { readonly signal: AbortSignal }): Promise<void>;
}
