import type { Alert, AlertProcess } from '#model/alert.js';
import { visibleText } from './visible-text.ts';

/** Colours of the terminal's own palette, as select-graphic-rendition numbers. */
const STYLE = { bold: 1, dim: 2, red: 31, yellow: 33, cyan: 36 } as const;
type Style = keyof typeof STYLE;
type Paint = (style: Style, text: string) => string;

const LABEL_WIDTH = 10;
/** More than this many ancestors are told of by number. */
const MAX_ANCESTORS = 6;
const ID_LENGTH = 12;
/** Enough of a key to tell it from any other that is remembered. */
const KEY_LENGTH = 12;

/**
 * An alert as a person reads it: a title and one line each for what happened, where, by what, and
 * judged by which profile, how to be told more, then an empty line. Contains no control character but line feeds and, if
 * `hasColour`, the sequences that switch colour.
 */
export function prettyAlert(
  alert: Alert,
  {
    hasColour,
    isAskable = false,
  }: { readonly hasColour: boolean; readonly isAskable?: boolean | undefined },
): string {
  const paint: Paint = hasColour
    ? (style, text) => `\u001b[${STYLE[style]}m${text}\u001b[0m`
    : (_style, text) => text;
  const lines = [
    ['what', visibleText(alert.message, 1_000) || '(the rule gave no message)'],
    ['container', describeContainer(alert)],
    ['process', describeProcess(alert)],
    ['profile', describeProfile(alert.profileMetadata)],
    ['nearest', describeNearest(alert)],
    ['because', alert.reason.expressions.map(describeExpression).join('  and  ')],
    ['more', isAskable ? `hullwatch explain ${alert.idempotencyKey.slice(0, KEY_LENGTH)}` : ''],
  ] as const;
  const shown = lines
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `  ${paint('dim', label.padEnd(LABEL_WIDTH))} ${text}`);
  return `${[describeTitle(alert, paint), ...shown].join('\n')}\n\n`;
}

function describeTitle(alert: Alert, paint: Paint): string {
  const severity = paint(styleOf(alert.severity), `severity ${alert.severity}`);
  const name = paint('bold', visibleText(`${alert.ruleID} ${alert.alertName}`));
  const tactics = [alert.mitreTactic, alert.mitreTechnique].filter((id) => id).join(' ');
  const end = tactics === '' ? '' : `  ${paint('dim', visibleText(tactics))}`;
  const word = paint('red', 'ALERT'.padEnd(LABEL_WIDTH));
  return `${visibleText(alert.timestamp)}  ${word} ${name}  ${severity}${end}`;
}

function styleOf(severity: number): Style {
  if (severity >= 8) return 'red';
  return severity >= 4 ? 'yellow' : 'cyan';
}

function describeContainer(alert: Alert): string {
  const { containerID, containerName, namespace, podName, workloadKind, workloadName } = alert;
  if (containerID === '') return '';
  const place =
    podName === undefined
      ? `${containerName} in ${namespace}`
      : `${containerName} in pod ${namespace}/${podName} (${workloadKind} ${workloadName})`;
  const id = containerID.slice(0, ID_LENGTH);
  return visibleText(`${place}, image ${alert.image || 'unknown'}, id ${id}`);
}

/**
 * The ancestors' names from the outermost one, then the process with all that is known of it.
 * Nothing for an alert that is about a container alone.
 */
function describeProcess({ processTree }: Alert): string {
  if (processTree === undefined) return '';
  const chain = chainOf(processTree);
  const last = chain.at(-1) ?? processTree;
  const ancestors = chain.slice(0, -1);
  const hidden = Math.max(0, ancestors.length - MAX_ANCESTORS);
  const names = ancestors.slice(hidden).map(({ comm, pid }) => visibleText(`${comm}(${pid})`));
  if (hidden > 0) names.unshift(`(${hidden} more)`);
  if (names.length === 0 && last.pcomm) names.push(visibleText(`${last.pcomm}(${last.ppid})`));
  const self = visibleText(`${last.comm}(${last.pid})`);
  const layer = last.upperLayer ? ', not from the image' : '';
  const command = visibleText(last.cmdline);
  return `${[...names, self].join(' > ')}: ${command}  (user ${last.uid}${layer})`;
}

function chainOf(outermost: AlertProcess): readonly AlertProcess[] {
  const chain: AlertProcess[] = [];
  let next: AlertProcess | undefined = outermost;
  while (next !== undefined) {
    chain.push(next);
    [next] = Object.values(next.childrenMap ?? {});
  }
  return chain;
}

function describeProfile(profile: Alert['profileMetadata']): string {
  if (profile === undefined) return '';
  const { name, status, completion, errorMessage } = profile;
  const state = [status || 'status unknown', completion].filter((part) => part).join(', ');
  const trouble = errorMessage === undefined ? '' : `; ${errorMessage}`;
  return visibleText(name === '' ? `none${trouble}` : `${name}: ${state}${trouble}`);
}

/** Only a profile that was looked at, which is one with a checksum, can have nothing like it. */
function describeNearest({ reason, profileMetadata, arguments: values }: Alert): string {
  if (reason.nearest !== undefined) return visibleText(reason.nearest);
  const wasLookedAt = profileMetadata?.name && values['apChecksum'] !== undefined;
  return wasLookedAt ? 'nothing like it in the profile' : '';
}

function describeExpression(expression: string): string {
  return visibleText(expression.replace(/\s+/g, ' ').trim(), 160);
}
