import type { AgentOptions } from './options.ts';

/** Events that may wait for earlier ones; beyond it order is given up, not events. */
const ORDER_CAPACITY = 50_000;
/** Saves move by at most this part of their period, so that containers do not save all at once. */
const SAVE_JITTER = 0.05;

/** How long the runtime may take to tell the exit code of a container that is gone. */
const EXIT_WAIT_MS = 30_000;

/** The agent's options, as each stage calls them. */
export function stageOptions(options: AgentOptions) {
  return {
    attribution: { holdMs: options.holdTime, removalGraceMs: options.removalGrace },
    pipeline: {
      order: { windowMs: options.orderWindow, capacity: ORDER_CAPACITY },
      dedup: { windowMs: options.dedupWindow, slotsExponent: options.dedupSlotsExponent },
    },
    learning: {
      initialDelayMs: options.firstSave,
      updatePeriodMs: options.updatePeriod,
      learningPeriodMs: options.learningPeriod,
      jitterRatio: SAVE_JITTER,
      callBudgetMs: options.storeCallBudget,
      finalExitWaitMs: EXIT_WAIT_MS,
      clusterName: options.clusterName,
      learnEnvNames: options.learnEnvNames,
      ...(options.learnHeaders.length > 0 && { learnHeaders: options.learnHeaders }),
    },
    cache: {
      refreshIntervalMs: options.refreshInterval,
      callBudgetMs: options.storeCallBudget,
      removalGraceMs: options.removalGrace,
      enforceWhileLearning: options.enforceWhileLearning,
    },
    cooldown: { windowMs: options.cooldown, afterCount: options.cooldownAfterCount },
  };
}
