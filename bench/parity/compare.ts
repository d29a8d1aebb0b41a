import type { Alert } from '../../src/model/alert.ts';
import type { ProfileCacheParts } from '../../src/profile-cache/profile-cache.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { TwoCaches } from '../baseline/two-caches/two-caches.ts';
import { alertsOf } from './parity-run.ts';
import type { ParityStory } from './parity-story.ts';

/** How a story went in both designs. */
export interface Comparison {
  /** Alerts that are the same in both. */
  readonly same: number;
  readonly onlyOurs: readonly string[];
  readonly onlyOlder: readonly string[];
}

/**
 * Runs a story through both and compares alert by alert: every field but the name and the checksum
 * of the profile (one is the container's, the other its workload's) and what only ours tells, the
 * entry that is nearest and where it came from.
 */
export async function compareStory(story: ParityStory, defaultRules: RuleSet): Promise<Comparison> {
  const { startMs, options, isLearning, rules = defaultRules } = story;
  const common = { startMs, options, rules, isLearning };
  const twoCaches = (parts: ProfileCacheParts) => new TwoCaches(parts);
  const ours = await alertsOf({ ...common, steps: story.steps() });
  const older = await alertsOf({ ...common, steps: story.steps(), makeCache: twoCaches });
  const left = new Map<string, Alert[]>();
  for (const alert of older) {
    const key = comparable(alert);
    left.set(key, [...(left.get(key) ?? []), alert]);
  }
  const onlyOurs = ours.filter((alert) => left.get(comparable(alert))?.shift() === undefined);
  const onlyOlder = [...left.values()].flat();
  const told = (alerts: readonly Alert[]) =>
    alerts.map((alert) => shortly(alert, startMs)).sort(bySecond);
  return {
    same: ours.length - onlyOurs.length,
    onlyOurs: told(onlyOurs),
    onlyOlder: told(onlyOlder),
  };
}

/** `R0001 web /bin/sh -c true @15`: rule, container, what it did, and the second of the story. */
function shortly({ ruleID, containerName, arguments: about, timestamp }: Alert, startMs: number) {
  const args = (about['args'] as readonly string[] | undefined) ?? [];
  const flags = (about['flags'] as readonly string[] | undefined) ?? [];
  const did = about['exec'] ?? about['path'];
  const rest = args.length > 0 ? args.slice(1) : flags;
  const second = (Date.parse(timestamp) - startMs) / 1_000;
  return [ruleID, containerName, did, ...rest, `@${second}`].join(' ');
}

function bySecond(a: string, b: string): number {
  const second = (text: string) => Number(text.slice(text.lastIndexOf('@') + 1));
  return second(a) - second(b) || (a < b ? -1 : Number(a > b));
}

function comparable(alert: Alert): string {
  const { reason, profileMetadata, arguments: about, ...rest } = alert;
  const { apChecksum, ...told } = about;
  return JSON.stringify({
    ...rest,
    about: told,
    expressions: reason.expressions,
    profile: profileMetadata && { ...profileMetadata, name: '' },
  });
}
