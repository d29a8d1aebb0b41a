import type { Alert } from '#model/alert.js';
import { visibleText } from './visible-text.ts';

const MAX_CELL = 8_192;
/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@]/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

type Cell = string | number | undefined;

const COLUMNS: readonly (readonly [name: string, of: (alert: Alert) => Cell])[] = [
  ['timestamp', ({ timestamp }) => timestamp],
  ['idempotencyKey', ({ idempotencyKey }) => idempotencyKey],
  ['ruleID', ({ ruleID }) => ruleID],
  ['alertName', ({ alertName }) => alertName],
  ['severity', ({ severity }) => severity],
  ['message', ({ message }) => message],
  ['reason', ({ reason }) => reason.short],
  ['clusterName', ({ clusterName }) => clusterName],
  ['nodeName', ({ nodeName }) => nodeName],
  ['namespace', ({ namespace }) => namespace],
  ['podName', ({ podName }) => podName],
  ['containerName', ({ containerName }) => containerName],
  ['containerID', ({ containerID }) => containerID],
  ['image', ({ image }) => image],
  ['imageDigest', ({ imageDigest }) => imageDigest],
  ['workloadKind', ({ workloadKind }) => workloadKind],
  ['workloadName', ({ workloadName }) => workloadName],
  ['pid', ({ infectedPID }) => infectedPID],
  ['comm', ({ identifiers }) => identifiers['process']?.['name']],
  ['commandLine', ({ identifiers }) => identifiers['process']?.['commandLine']],
  ['profileName', ({ profileMetadata }) => profileMetadata?.name],
  ['profileStatus', ({ profileMetadata }) => profileMetadata?.status],
  ['profileCompletion', ({ profileMetadata }) => profileMetadata?.completion],
  ['mitreTactic', ({ mitreTactic }) => mitreTactic],
  ['mitreTechnique', ({ mitreTechnique }) => mitreTechnique],
  ['uniqueID', ({ uniqueID }) => uniqueID],
  ['repeats', ({ arguments: values }) => numberOf(values['repeats'])],
];

/** The first line of a file. */
export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

/**
 * An alert as one line of CSV (RFC 4180), with its line end. No cell contains a line break or another control
 * character, and none begins like a formula: there an apostrophe stands before it.
 */
export function csvLine(alert: Alert): string {
  return `${COLUMNS.map(([, of]) => cell(of(alert))).join(',')}\r\n`;
}

function cell(value: Cell): string {
  if (typeof value === 'number') return `${value}`;
  const text = visibleText(value ?? '', MAX_CELL);
  const harmless = FORMULA.test(text.trimStart()) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
