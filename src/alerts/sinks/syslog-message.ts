import type { Alert } from '#model/alert.js';
import { type SeverityWord, severityWord } from '../severity.ts';
import { formatted } from './alert-format.ts';
import { visibleJson, visibleText } from './visible-text.ts';

/** What the text of a message is: a line for people, or the alert as JSON. */
export const SYSLOG_FORMATS = ['text', 'runtime-alert', 'ocsf'] as const;

/** How messages are written. */
export interface SyslogStyle {
  readonly format: (typeof SYSLOG_FORMATS)[number];
  /** 0 to 23. */
  readonly facility: number;
  readonly appName: string;
  /** Private enterprise number after the `@` of the structured data's name. */
  readonly enterprise: number;
  /** Of a whole message, without its frame. JSON that does not fit gives way to text, and text is cut. */
  readonly maxBytes: number;
}

/** RFC 5424 6.2.1. */
const SEVERITY: Readonly<Record<SeverityWord, number>> = {
  critical: 2,
  high: 3,
  medium: 4,
  low: 5,
  none: 6,
};
/** Begins a text that is UTF-8 and not ASCII alone: RFC 5424 6.4. */
const BOM = '\ufeff';
const NOT_ASCII = /[^ -~]/g;
const MAX_PARAMETER = 256;

/** An alert as one message of RFC 5424. Contains no control character. */
export function syslogMessage(alert: Alert, style: SyslogStyle): Buffer {
  const head = `${headerOf(alert, style)} ${structuredDataOf(alert, style.enterprise)} `;
  if (style.format !== 'text') {
    const message = Buffer.from(head + asciiJson(formatted(alert, style.format)));
    if (message.length <= style.maxBytes) return message;
  }
  const { ruleID, alertName, message, reason } = alert;
  const text = visibleText(`${ruleID} ${alertName}: ${message} (${reason.short})`, 4_096);
  return cut(Buffer.from(head + withMark(text)), style.maxBytes);
}

function headerOf(alert: Alert, { facility, appName }: SyslogStyle): string {
  const priority = facility * 8 + SEVERITY[severityWord(alert.severity)];
  const [host, app, id] = [
    printable(alert.nodeName, 255),
    printable(appName, 48),
    printable(alert.ruleID, 32),
  ];
  return `<${priority}>1 ${alert.timestamp} ${host} ${app} - ${id}`;
}

function structuredDataOf(alert: Alert, enterprise: number): string {
  const values: Readonly<Record<string, string | number | undefined>> = {
    key: alert.idempotencyKey,
    rule: alert.ruleID,
    severity: alert.severity,
    cluster: alert.clusterName,
    namespace: alert.namespace,
    pod: alert.podName,
    container: alert.containerName,
    containerId: alert.containerID,
    workload: alert.workloadName && `${alert.workloadKind}/${alert.workloadName}`,
    pid: alert.infectedPID,
    tactic: alert.mitreTactic,
    technique: alert.mitreTechnique,
  };
  const parameters = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${parameter(`${value}`)}"`);
  return `[hullwatch@${enterprise}${parameters.join('')}]`;
}

/** RFC 5424 6.3.3: a quote, a backslash and a closing bracket are escaped. */
function parameter(value: string): string {
  return visibleText(value, MAX_PARAMETER).replace(/["\\\]]/g, '\\$&');
}

/** A field of the header: printable ASCII without blanks, or a dash. */
function printable(text: string, maxLength: number): string {
  return text.replace(NOT_ASCII, '?').replaceAll(' ', '_').slice(0, maxLength) || '-';
}

/** JSON readers stumble over the mark of UTF-8, so that there is nothing that needs one. */
function asciiJson(value: object): string {
  return visibleJson(JSON.stringify(value)).replace(NOT_ASCII, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function withMark(text: string): string {
  return text.search(NOT_ASCII) < 0 ? text : BOM + text;
}

/** At most so many bytes, and no half character at the end. */
function cut(message: Buffer, maxBytes: number): Buffer {
  if (message.length <= maxBytes) return message;
  let end = maxBytes;
  // A byte of the form 10xxxxxx goes on with the character before it.
  while (end > 0 && ((message[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return message.subarray(0, end);
}
