import type { Alert } from '#model/alert.js';
import { paragraph } from './explanation-text.ts';

/** What an alert says of itself, above its explanation: when, where, which process, and what to do if it was meant. */
export function alertHeading(alert: Alert): string {
  const { idempotencyKey, timestamp, severity, infectedPID, identifiers, ancestry = [] } = alert;
  const command = identifiers['process']?.['commandLine'];
  const parents = ancestry.map(({ comm, pid }) => `${comm} (${pid})`);
  const process = [
    ...(infectedPID === undefined ? [] : [`pid ${infectedPID}: ${command ?? ''}`]),
    ...(parents.length === 0 ? [] : [`started by ${parents.join(', by ')}`]),
  ];
  return [
    `alert ${idempotencyKey}\n`,
    paragraph(['time', [timestamp]]),
    paragraph(['where', [placeOf(alert)]]),
    paragraph(['process', process]),
    paragraph(['severity', [String(severity)]]),
    paragraph([
      'if meant',
      alert.fixSuggestions ? [`hullwatch profiles allow ${keyIn(alert)}`] : [],
    ]),
    '\n',
  ].join('');
}

/** Of an alert that tells of repeats, the one that they repeat. */
function keyIn({ idempotencyKey, arguments: { repeatOf } }: Alert): string {
  return typeof repeatOf === 'string' ? repeatOf : idempotencyKey;
}

function placeOf({ namespace, podName, containerName, containerID, nodeName }: Alert): string {
  const pod = podName === undefined ? '' : `pod ${podName}, `;
  return `namespace ${namespace}, ${pod}container ${containerName} (${containerID.slice(0, 12)}), node ${nodeName}`;
}
