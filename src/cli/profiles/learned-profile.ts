import { ANNOTATION, LABEL } from '#model/annotations.js';
import type { LearningEvidence } from '#model/learning-evidence.js';
import type { ObjectMeta } from '#model/profile.js';

/** How far a profile is learned, and what that rests on. */
export interface LearnedProfile {
  readonly namespace: string;
  readonly name: string;
  /** `Deployment/web`; empty when the profile does not say. */
  readonly workload: string;
  readonly container: string;
  readonly status: string;
  readonly completion: string;
  /** Why it is partial; empty when it is complete, or nobody wrote down why. */
  readonly because: string;
  /** Entries of all surfaces; undefined when the profile does not say. */
  readonly entries: number | undefined;
  /** Undefined when the profile carries none: another agent learned it. */
  readonly evidence: LearningEvidence | undefined;
  readonly created: string;
}

const COUNTS = ['seen', 'lost', 'dropped', 'truncated', 'coveredMs', 'agentRestarts'] as const;

/** What a profile's labels and annotations say. What is missing or damaged is left empty. */
export function learnedProfile(metadata: ObjectMeta): LearnedProfile {
  const { annotations = {}, labels = {} } = metadata;
  const kind = labels[LABEL.kind];
  const workload = labels[LABEL.name];
  const entries = Number(annotations[ANNOTATION.resourceSize]);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    workload: kind && workload ? `${kind}/${workload}` : '',
    container: labels[LABEL.containerName] ?? '',
    status: annotations[ANNOTATION.status] ?? '',
    completion: annotations[ANNOTATION.completion] ?? '',
    because: annotations[ANNOTATION.partialBecause] ?? '',
    entries: Number.isInteger(entries) ? entries : undefined,
    evidence: evidenceIn(annotations[ANNOTATION.evidence]),
    created: metadata.creationTimestamp ?? '',
  };
}

function evidenceIn(text: string | undefined): LearningEvidence | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const counts = COUNTS.map((name) => [name, value[name]] as const);
    if (counts.some(([, count]) => typeof count !== 'number')) return undefined;
    return Object.fromEntries(counts) as unknown as LearningEvidence;
  } catch {
    return undefined;
  }
}
