import type { Alert } from '#model/alert.js';
import type { RawEvent } from '#model/raw-event.js';
import { alertFromFinding } from '../alert-from-finding.ts';
import { aFinding, type FindingChanges } from './findings.ts';

const NODE = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9', clusterName: 'prod' };

/** The alert of a finding. */
export function anAlert(changes: FindingChanges = {}, fields: Partial<Alert> = {}): Alert {
  return { ...alertFromFinding(aFinding(changes), NODE), ...fields };
}

/** So many alerts that differ in number, event and message (`alert 0` and so on). */
export function someAlerts(count: number): readonly Alert[] {
  return Array.from({ length: count }, (_, number) =>
    anAlert({ event: { seq: number + 1 }, finding: { message: `alert ${number}` } }),
  );
}

/** The alert about an event that has these fields and those that every event has. */
export function anAlertAbout(event: Readonly<Record<string, unknown>>): Alert {
  const finding = aFinding();
  const { args: _args, ...common } = finding.subject.event as RawEvent & { readonly args: unknown };
  const subject = { ...finding.subject, event: { ...common, ...event } as unknown as RawEvent };
  return alertFromFinding({ ...finding, subject }, NODE);
}
