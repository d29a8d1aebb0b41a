import fc from 'fast-check';
import { CacheTrial } from './cache-trial.ts';
import { type Setting, type Step, setting, steps, textOf } from './trial-steps.ts';

/** How the property is run. */
export interface TrialPlan {
  readonly numRuns: number;
  /** Of an earlier run, to have the same trials once more. */
  readonly seed?: number | undefined;
  readonly path?: string | undefined;
  /** Called after each trial that went well. */
  readonly onRun?: () => void;
}

/**
 * Whatever happens in whatever order, the cache keeps the promises of docs/cache-invariants.md. Rejects
 * with what was broken, the seed and the path to come to it again, and the steps that lead to it.
 */
export async function holdCacheToItsPromises(plan: TrialPlan): Promise<void> {
  const { numRuns, seed, path, onRun = () => {} } = plan;
  const property = fc.asyncProperty(setting, steps, async (given, taken) => {
    await new CacheTrial(given).run(taken);
    onRun();
  });
  const details = await fc.check(property, {
    numRuns,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  });
  if (!details.failed) return;
  throw new Error(reportOf(details), { cause: details.errorInstance });
}

function reportOf(details: fc.RunDetails<[Setting, readonly Step[]]>): string {
  const [given, taken = []] = details.counterexample ?? [];
  return [
    `the cache broke a promise: ${String(details.errorInstance)}`,
    `seed ${details.seed}, path "${details.counterexamplePath}", after ${details.numRuns} trials`,
    `setting: ${JSON.stringify(given)}`,
    ...taken.map((each, index) => `${String(index + 1).padStart(3)}. ${textOf(each)}`),
  ].join('\n');
}
