import type { AlertSink } from '#alerts/alert-sink.js';
import type { SpoolFile } from '#alerts/spool-file.js';
import type { PeerDirectory } from '#attribution/peers/peer-directory.js';
import type { ProcessScan } from '#attribution/proc-scan.js';
import type { Saved } from '#learning/options.js';
import type { ReportQueue } from '#learning/report-queue.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { SensorControl } from '#model/sensor-control.js';
import type { CacheChange } from '#profile-cache/cache-change.js';
import type { PodSource, ProfileVerifier } from '#profile-cache/ports.js';
import type { ProfileCacheParts } from '#profile-cache/profile-cache.js';
import type { NamespaceLabels } from '#rules/rule-plans.js';
import type { RuleSet } from '#rules/rule-set.js';
import type { Surroundings } from '#rules/surroundings.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ContainerProfiles } from './container-profiles.ts';
import type { AgentOptions } from './options.ts';

/** What the stages are made from. */
export interface FlowParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly store: ProfileStore;
  /** The rules to begin with; {@link Flow.useRules} changes them. */
  readonly rules: RuleSet;
  /** What rules ask about the world around containers. Absent: nothing is known of it. */
  readonly surroundings?: Surroundings | undefined;
  /** For bindings that select by labels of namespaces. Absent: only their names are known. */
  readonly namespaceLabels?: NamespaceLabels | undefined;
  readonly options: AgentOptions;
  readonly hostName: string;
  /** Of this host, as Go calls it; goes into what is learned. Absent: nobody says. */
  readonly architecture?: string | undefined;
  readonly sinks: readonly AlertSink[];
  /** Where alerts wait for the sinks; closed with the flow's alerts. Absent: in memory. */
  readonly spool?: SpoolFile | undefined;
  /** Told of every report that was stored. */
  readonly onSaved: (saved: Saved) => void;
  /** Told of every change of a container's profile. */
  readonly onCacheChange: (change: CacheChange) => void;
  /** Where reports wait for the store. */
  readonly queue: ReportQueue;
  /** The pods of this node, for those who need to know what became of them. Absent: nobody asks. */
  readonly pods?: PodSource | undefined;
  readonly health?: Health | undefined;
  /** Through which the source of events is told what nobody needs. Absent: it cannot be told. */
  readonly control?: SensorControl | undefined;
  /**
   * The numbers of events are the live sensor's own, in the order in which things happened: then no event waits for
   * one that cannot come.
   */
  readonly areNumbersInOrder?: boolean | undefined;
  /** Looks for processes that were there before the agent. Absent: they are made up from their first events. */
  readonly scan?: ProcessScan | undefined;
  /** Knows who has which address in the cluster. Absent: nobody does. */
  readonly peers?: PeerDirectory | undefined;
  /** Asked about every profile that a person wrote. Without one, all are trusted. */
  readonly verifier?: ProfileVerifier | undefined;
  /** Makes what the containers' profiles are looked up in; absent: the profile cache. */
  readonly makeCache?: ((parts: ProfileCacheParts) => ContainerProfiles) | undefined;
}
