import { formatAge } from '#runtime/age.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { TextTable } from '../text-table.ts';
import type { LearnedProfile } from './learned-profile.ts';

/** Everything that is known about how one profile was learned, a line each. */
export function describeLearnedProfile(profile: LearnedProfile, nowMs: number): string {
  const { evidence, entries } = profile;
  const createdMs = parseTimestamp(profile.created);
  const lines = [
    ['Profile', `${profile.namespace}/${profile.name}`],
    ['Workload', profile.workload],
    ['Container', profile.container],
    ['Status', profile.status],
    ['Completion', profile.completion],
    ['Because', profile.because],
    ['Entries', entries === undefined ? '' : String(entries)],
    ['Age', createdMs === undefined ? '' : formatAge(nowMs - createdMs)],
    ...(evidence === undefined
      ? [['Evidence', 'none: another agent learned it']]
      : [
          ['Events seen', String(evidence.seen)],
          ['Lost in the kernel', String(evidence.lost)],
          ['Dropped', String(evidence.dropped)],
          ['Learned in part', String(evidence.truncated)],
          ['Agent restarts', String(evidence.agentRestarts)],
          ['Time covered', formatAge(evidence.coveredMs)],
        ]),
  ].filter(([, value]) => value !== '');
  return new TextTable().format(lines.map(([title = '', value = '']) => [`${title}:`, value]));
}
