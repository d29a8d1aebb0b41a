import type { Alert } from '#model/alert.js';

/** An alert that both sides raise, differently. */
export interface ChangedAlert {
  readonly before: Alert;
  readonly after: Alert;
  /** The fields that differ. */
  readonly fields: readonly ComparedField[];
}

/** What becomes of alerts when something else decides. */
export interface AlertComparison {
  /** Raised only after. */
  readonly come: readonly Alert[];
  /** Raised only before. */
  readonly go: readonly Alert[];
  readonly change: readonly ChangedAlert[];
  /** How many are the same. */
  readonly same: number;
}

/** What people see of an alert, and what holds back repeats of it. */
const COMPARED = ['alertName', 'severity', 'message', 'uniqueID', 'isTriggerAlert'] as const;
type ComparedField = (typeof COMPARED)[number];

/**
 * Compares the alerts of two runs of one recording, each in its order. Alerts of one rule about one event of one
 * container are the same alert; where there are several such, they are paired in order.
 */
export function compareAlerts(before: readonly Alert[], after: readonly Alert[]): AlertComparison {
  const waiting = byOccasion(after);
  const go: Alert[] = [];
  const change: ChangedAlert[] = [];
  let same = 0;
  for (const alert of before) {
    const other = waiting.get(occasionOf(alert))?.shift();
    if (other === undefined) {
      go.push(alert);
      continue;
    }
    const fields = COMPARED.filter((field) => alert[field] !== other[field]);
    if (fields.length === 0) same += 1;
    else change.push({ before: alert, after: other, fields });
  }
  const left = new Set([...waiting.values()].flat());
  return { come: after.filter((alert) => left.has(alert)), go, change, same };
}

function byOccasion(alerts: readonly Alert[]): Map<string, Alert[]> {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = occasionOf(alert);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return groups;
}

function occasionOf(alert: Alert): string {
  const { ruleID, containerID, timestamp, nanoseconds, infectedPID } = alert;
  const repeats = alert.arguments['repeats'] === undefined ? '' : 'repeats';
  return JSON.stringify([ruleID, containerID, timestamp, nanoseconds, infectedPID, repeats]);
}
