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
  readonly severity: number;
  readonly isTriggerAlert: boolean;
  readonly message: string;
  /** md5 in hex of the rule's uniqueId expression. */
  readonly uniqueID: string;
  /** RFC 3339 with milliseconds, UTC: the time of the event. */
  readonly timestamp: string;
  readonly nanoseconds: number;
  readonly agentVersion: string;
  /** Absent, as `processTree`, where no process did anything. */
  readonly infectedPID?: number;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly identifiers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly profileMetadata?: {
    readonly status: string;
    readonly completion: string;
    readonly name: string;
    /** True when the profile was completed, so that the alert is a verdict and not a guess. */
    readonly failOnProfile: boolean;
    /** 0: application profile, 1: network profile. */
    readonly type: 0 | 1;
    readonly profileDependency: number;
    readonly errorMessage?: string;
  };
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
  readonly nodeName: string;
  readonly hostName: string;
  readonly processTree?: AlertProcess;
  readonly mitreTactic?: string;
  readonly mitreTechnique?: string;
  /** Ours: why the rule was true. */
  readonly reason: { readonly expressions: readonly string[]; readonly nearest?: string };
}
