/** How bad an alert is, in the words of the public system. */
export type SeverityWord = 'none' | 'low' | 'medium' | 'high' | 'critical';

/** The word for a rule's severity: critical from 10, high from 8, medium from 5, low from 1. */
export function severityWord(severity: number): SeverityWord {
  if (severity >= 10) return 'critical';
  if (severity >= 8) return 'high';
  if (severity >= 5) return 'medium';
  return severity >= 1 ? 'low' : 'none';
}
