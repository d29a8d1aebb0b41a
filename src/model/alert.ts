/** A process and its children, as the public alert format nests them. */
export interface AlertProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly pcomm?: string;
  readonly cmdline: string;
  readonly path: string;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly upperLayer: boolean;
  /** RFC 3339. */
  readonly startTime: string;
  /** Keyed `comm,pid`. */
  readonly childrenMap?: Readonly<Record<string, AlertProcess>>;
}

/** An ancestor of the process that an alert is about. */
export interface AlertAncestor {
  readonly pid: number;
  readonly comm: string;
  readonly path: string;
  readonly cmdline: string;
}

/** The HTTP request that an alert is about, with secrets redacted. */
interface AlertRequest {
  readonly method: string;
  readonly url: string;
  readonly header: Readonly<Record<string, readonly string[]>>;
  /** The beginning of it, at most 4096 characters. */
  readonly body?: string;
}

/** What an alert says of the profile that was asked. */
interface AlertProfile {
  readonly status: string;
  readonly completion: string;
  readonly name: string;
  /** True when the profile was completed, so that the alert is a verdict and not a guess. */
  readonly failOnProfile: boolean;
  /** 0: application profile, 1: network profile. */
  readonly type: 0 | 1;
  readonly profileDependency: number;
  readonly errorMessage?: string;
}

/**
 * One alert in the public RuntimeAlert JSON shape (kubescape node-agent, armotypes.RuntimeAlert),
 * as far as this agent has values for it. Fields it has none for are absent.
 */
export interface Alert {
  readonly alertName: string;
  /** 0: raised by a rule. */
  readonly alertType: 0;
  /** 1: Kubernetes; 2: a container outside Kubernetes. */
  readonly alertSourcePlatform: 1 | 2;
  readonly ruleID: string;
  readonly ruleDescription: string;
  /** 1 to 10. */
  readonly severity: number;
  readonly isTriggerAlert: boolean;
  readonly message: string;
  /** md5 in hex of the rule's uniqueId expression. */
  readonly uniqueID: string;
  /** RFC 3339 with milliseconds, UTC: the time of the event. */
  readonly timestamp: string;
  readonly nanoseconds: number;
  readonly agentVersion: string;
  /** How to allow what happened, where a profile could. */
  readonly fixSuggestions?: string;
  /** Absent, as `processTree`, where no process did anything. */
  readonly infectedPID?: number;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly identifiers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly profileMetadata?: AlertProfile;
  readonly request?: AlertRequest;
  readonly clusterName?: string;
  readonly containerID: string;
  readonly containerName: string;
  readonly image: string;
  readonly imageDigest: string;
  readonly namespace: string;
  readonly podName?: string;
  readonly podNamespace?: string;
  readonly podUID?: string;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly workloadName: string;
  readonly workloadNamespace: string;
  readonly workloadKind: string;
  readonly workloadUID?: string;
  readonly nodeName: string;
  readonly hostName: string;
  readonly processTree?: AlertProcess;
  readonly mitreTactic?: string;
  readonly mitreTechnique?: string;
  /**
   * Ours: 32 lower-case hexadecimal digits, the same whenever this alert is sent again, also by an agent that
   * was started again; no other alert has it.
   */
  readonly idempotencyKey: string;
  /** Ours: why the rule was true. */
  readonly reason: {
    /** One sentence for people. */
    readonly short: string;
    /** The expressions that were true. */
    readonly expressions: readonly string[];
    /** The entry of the profile most like what happened, and its origin. */
    readonly nearest?: string;
  };
  /** Ours: how much of the container's life the profile has seen; absent when none was asked. */
  readonly profileCompleteness?: {
    readonly completion: string;
    /** Why it is not complete. */
    readonly partialBecause?: readonly string[];
  };
  /** Ours: the process's parent, its parent and so on, as far as they are known in the container. */
  readonly ancestry?: readonly AlertAncestor[];
  /** Ours: how many processes stand in `processTree` one inside the other. */
  readonly processTreeDepth?: number;
}
