import type { FindingRule } from '#model/finding.js';
import type { ProfileDataRequired } from './profile-data.ts';

/**
 * Event types that rules may name: those of the public format, and `mount` and `setns`, which are ours. No sensor
 * tells of `k8s-admission` and `procfs`.
 */
export const RULE_EVENT_TYPES = [
  'bpf',
  'capabilities',
  'dns',
  'exec',
  'exit',
  'fork',
  'hardlink',
  'http',
  'iouring',
  'k8s-admission',
  'kmod',
  'mount',
  'network',
  'open',
  'procfs',
  'ptrace',
  'randomx',
  'setns',
  'ssh',
  'symlink',
  'syscall',
  'unshare',
] as const;
export type RuleEventType = (typeof RULE_EVENT_TYPES)[number];

/** One rule as its manifest has it, validated but not compiled. */
export interface Rule extends FindingRule {
  readonly enabled: boolean;
  /** Gives the alert's text. */
  readonly message: string;
  /** Gives what makes two findings of the rule in one container the same. */
  readonly uniqueId: string;
  /** All that name the event's type must be true. At least one. */
  readonly ruleExpression: readonly {
    readonly eventType: RuleEventType;
    readonly expression: string;
  }[];
  readonly profileDataRequired?: ProfileDataRequired;
  /** A profile's `rulePolicies` may allow what the rule would find. */
  readonly supportPolicy: boolean;
  /** Parameters; those of the prefilter are the ones in use. */
  readonly state: Readonly<Record<string, unknown>>;
  /** A semantic version range; read, not compared yet. */
  readonly agentVersionRequirement?: string;
  /** The manifest it came from, for messages. */
  readonly source: string;
}
