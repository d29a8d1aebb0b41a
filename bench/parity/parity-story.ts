import type { RuleSet } from '../../src/rules/rule-set.ts';
import type { Difference } from './differences.ts';
import type { ParityStep } from './parity-script.ts';

/** Alerts that one of the two raises and the other does not, and why that is meant so. */
export interface MeantDifference {
  readonly why: Difference;
  /** As `compare.ts` writes them. */
  readonly ours?: readonly string[];
  readonly older?: readonly string[];
}

/** A recording that both designs are run with. */
export interface ParityStory {
  readonly name: string;
  /** What happens in it, for people. */
  readonly tells: string;
  readonly startMs: number;
  readonly steps: () => Iterable<ParityStep> | AsyncIterable<ParityStep>;
  /** Absent: the default rules. */
  readonly rules?: RuleSet;
  /** Options of the agent, as they are written. */
  readonly options: Readonly<Record<string, string>>;
  /** False: nothing is learned, what is stored is what the story stores. */
  readonly isLearning?: boolean;
  readonly differences: readonly MeantDifference[];
}

/** Learning takes ten seconds. */
export const LEARNING = {
  learningPeriod: '10s',
  firstSave: '2s',
  updatePeriod: '3s',
  consolidationInterval: '1s',
  refreshInterval: '1s',
} as const;

/** Profiles are given; what the containers do is not learned for as long as the story lasts. */
export const GIVEN = {
  ...LEARNING,
  learningPeriod: '24h',
  firstSave: '1h',
  updatePeriod: '1h',
} as const;
