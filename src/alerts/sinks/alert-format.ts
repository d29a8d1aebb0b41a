import type { Alert } from '#model/alert.js';
import { ocsfOf } from '../ocsf.ts';

/** In what form machines get an alert: the public RuntimeAlert, or a Detection Finding of OCSF. */
export const ALERT_FORMATS = ['runtime-alert', 'ocsf'] as const;
/** One of {@link ALERT_FORMATS}. */
export type AlertFormat = (typeof ALERT_FORMATS)[number];

/** The alert as a JSON object of that form. */
export function formatted(alert: Alert, format: AlertFormat): object {
  return format === 'ocsf' ? ocsfOf(alert) : alert;
}
