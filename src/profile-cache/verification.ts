import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { ProfileVerifier } from './ports.ts';

/** The same verifier, whose answer is not waited for any longer than that of the store. */
export function boundedVerifier(
  verifier: ProfileVerifier,
  { clock, callBudgetMs }: { readonly clock: Clock; readonly callBudgetMs: number },
): ProfileVerifier {
  return {
    verify(kind, object, { signal }) {
      const { namespace, name } = object.metadata;
      const what = `verifying ${kind} ${namespace}/${name}`;
      return withBudget({ clock, budgetMs: callBudgetMs, signal, what }, (inner) =>
        verifier.verify(kind, object, { signal: inner }),
      );
    },
  };
}
