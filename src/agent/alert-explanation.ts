import type { AlertDispatcher } from '#alerts/alert-dispatcher.js';
import type { Alert } from '#model/alert.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { KnownAlert } from './known-alerts.ts';

interface Judged {
  readonly told: RuleExplanation;
  readonly decision: RuleDecision;
  /** The cooldown's, that the alert opened. */
  readonly window: ReturnType<AlertDispatcher['cooldownOf']>;
}

const ANEW = 'judged anew, by the rules and the profile as they are now';
const CHANGED = 'the rule was changed since';

/** Why an alert was raised, and what is to be known about that answer. */
export function alertNotes(known: KnownAlert, { told, decision, window }: Judged): string {
  const { alert, remembered } = known;
  const { expressions } = alert.reason;
  const now = decision.programs.expressions.map(({ source }) => source);
  const isChanged = expressions.length > 0 && expressions.join('\n') !== now.join('\n');
  const isSame = decision.stage === undefined;
  return [
    isSame
      ? told.why
      : `it was raised because ${alert.reason.short}; now it would not be: ${told.why}`,
    ...repeatNotes(known),
    ...(window && window.held > 0
      ? [
          `${window.held} like it ${heldWords(window.held)}, which ends ${formatTimestamp(window.endMs)}`,
        ]
      : []),
    ...(isChanged ? [CHANGED] : []),
    ...(remembered ? [] : [ANEW]),
  ].join('; ');
}

/** Of an alert that no event raised, or whose event nobody has kept. */
export function withoutEvent(known: KnownAlert): RuleExplanation {
  const { alert, remembered } = known;
  const why = remembered
    ? `no event raised it, so no expression was evaluated: ${alert.message}`
    : `${alert.reason.short}; what it was about is not kept any more`;
  return { ...about(alert), why: [why, ...repeatNotes(known)].join('; ') };
}

/** Of an alert of a rule that is gone. */
export function withoutRule(known: KnownAlert): RuleExplanation {
  const { alert } = known;
  const why = `${alert.reason.short}; the rule is not there any more`;
  return { ...about(alert), why: [why, ...repeatNotes(known)].join('; ') };
}

function repeatNotes({ alert, repeats }: KnownAlert): readonly string[] {
  if (repeats === undefined) return [];
  const count = repeats.arguments['repeats'];
  return [`the alert asked for tells of ${count} more like this one, ${alert.idempotencyKey}`];
}

function heldWords(held: number): string {
  return `${held === 1 ? 'was' : 'were'} held back in its window`;
}

function about({ ruleID, alertName, message, uniqueID }: Alert) {
  return {
    ...{ ruleId: ruleID, ruleName: alertName, ruleSource: '', message, uniqueId: uniqueID },
    ...{ expressions: [], calls: [] },
  };
}
