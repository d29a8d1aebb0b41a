import { createHash } from 'node:crypto';
import type { Alert } from '#model/alert.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { NodeIdentity } from './alert-from-finding.ts';

/** What an agent tells a sink of the alerts that the sink did not get. */
export interface Notice {
  /** The sink that it is for. */
  readonly sink: string;
  /** Names the alerts that it is about, the same when it is made again after a restart. */
  readonly id: string;
  readonly nowMs: number;
  readonly count: number;
  /** Since when, in milliseconds since the Unix epoch; absent when nobody knows. */
  readonly sinceMs?: number;
  /** How many of each rule, as far as that is known. */
  readonly byRule?: ReadonlyMap<string, number>;
}

/** Rule ids of notices. No manifest has them. */
export const NOTICE_RULES = {
  heldBack: 'hullwatch-rate-limit',
  discarded: 'hullwatch-spool-full',
} as const;

/** Not urgent by itself; something that was urgent may be among what it tells of. */
const SEVERITY = 5;

/** Tells that a sink's rate limit held alerts back: how many, since when, of which rules. */
export function heldBackNotice(notice: Notice, node: NodeIdentity): Alert {
  return noticeAlert(notice, node, {
    ruleID: NOTICE_RULES.heldBack,
    alertName: 'Alerts held back',
    ruleDescription: 'More alerts came in a minute than this sink is to get.',
    message: `${alertsOf(notice)} held back by the limit of this sink${sinceText(notice)}${rulesText(notice)}`,
  });
}

/** Tells that alerts for a sink were discarded because the spool was full. */
export function discardedNotice(notice: Notice, node: NodeIdentity): Alert {
  return noticeAlert(notice, node, {
    ruleID: NOTICE_RULES.discarded,
    alertName: 'Alerts discarded',
    ruleDescription: 'The spool was full before this sink had taken all alerts.',
    message: `${alertsOf(notice)} discarded before this sink took ${notice.count === 1 ? 'it' : 'them'}: the spool was full`,
  });
}

function alertsOf({ count }: Notice): string {
  return count === 1 ? '1 alert was' : `${count} alerts were`;
}

function sinceText({ sinceMs }: Notice): string {
  return sinceMs === undefined ? '' : ` since ${formatTimestamp(sinceMs)}`;
}

function rulesText({ count, byRule = new Map() }: Notice): string {
  const known = [...byRule].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (known.length === 0) return '';
  const other = count - known.reduce((sum, [, n]) => sum + n, 0);
  const parts = known.map(([ruleId, n]) => `${ruleId} ${n}`);
  return `: ${[...parts, ...(other > 0 ? [`others ${other}`] : [])].join(', ')}`;
}

type NoticeText = Pick<Alert, 'ruleID' | 'alertName' | 'ruleDescription' | 'message'>;

function noticeAlert(notice: Notice, node: NodeIdentity, text: NoticeText): Alert {
  const { sink, id, nowMs, count, sinceMs, byRule = new Map() } = notice;
  const digest = createHash('sha256').update(
    JSON.stringify([text.ruleID, node.nodeName, sink, id, Math.floor(sinceMs ?? 0)]),
  );
  return {
    ...text,
    alertType: 0,
    alertSourcePlatform: 2,
    severity: SEVERITY,
    isTriggerAlert: false,
    uniqueID: createHash('md5').update(`${text.ruleID} ${sink}`).digest('hex'),
    timestamp: formatTimestamp(nowMs),
    nanoseconds: Math.floor((nowMs % 1_000) * 1e6),
    agentVersion: node.agentVersion,
    arguments: {
      message: text.message,
      count,
      ...(sinceMs !== undefined && { since: formatTimestamp(sinceMs) }),
      ...(byRule.size > 0 && { byRule: Object.fromEntries(byRule) }),
    },
    identifiers: {},
    ...(node.clusterName && { clusterName: node.clusterName }),
    ...{ containerID: '', containerName: '', image: '', imageDigest: '', namespace: '' },
    ...{ workloadName: '', workloadNamespace: '', workloadKind: '' },
    nodeName: node.nodeName,
    hostName: node.hostName,
    idempotencyKey: digest.digest('hex').slice(0, 32),
    reason: { short: text.message, expressions: [] },
  };
}
