import { createHash } from 'node:crypto';
import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import { timeOf } from './finding-time.ts';

/**
 * Names the alert of a finding for good: 32 lower-case hexadecimal digits of SHA-256. The same finding has the same
 * key in every life of the agent; findings that differ in node, container, rule, event or unique id have different ones.
 */
export function idempotencyKeyOf(finding: Finding, nodeName: string): string {
  const { rule, subject, uniqueId } = finding;
  const { event, container } = subject;
  return digestOf([
    ...[nodeName, container.id, rule.id, uniqueId],
    ...[timeOf(finding), event?.seq ?? -1, event?.type ?? ''],
  ]);
}

/** The key of the alert that tells of repeats of `kept`: how many, and when the last one was (Unix milliseconds). */
export function repeatsKeyOf(kept: Alert, count: number, lastTimeMs: number): string {
  return digestOf(['repeats', kept.idempotencyKey, count, lastTimeMs]);
}

/** The key of several alerts that go out together: of a single one its own. */
export function batchKeyOf(alerts: readonly Alert[]): string {
  const keys = alerts.map(({ idempotencyKey }) => idempotencyKey);
  return keys.length === 1 ? (keys[0] ?? '') : digestOf(['batch', ...keys]);
}

/** As JSON, so that no two lists are written alike. */
function digestOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
