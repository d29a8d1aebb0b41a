import type { AgentOptions } from '#agent/options.js';
import { withProfileStore } from '#agent/with-profile-store.js';
import { isReport } from '#consolidation/time-series-row.js';
import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import { EXIT } from '../exit-code.ts';
import { learnedProfile } from '../profiles/learned-profile.ts';
import { profileRow, profileTitles } from '../profiles/profile-columns.ts';
import { describeLearnedProfile } from '../profiles/profile-description.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';
import { TextTable } from '../text-table.ts';

const KIND = 'ContainerProfile';

/** What `hullwatch profiles` is asked for. */
export interface ProfilesOptions {
  /** The agent's: which store, and how to reach it. */
  readonly options: AgentOptions;
  /** NAMESPACE/NAME; absent: all. */
  readonly key?: string | undefined;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly output?: 'wide' | 'json' | undefined;
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

/**
 * `hullwatch profiles`: the learned profiles of a store, how far each is learned, what that rests on, and what it
 * missed. Rejects with `not-found` when the one that is asked for is not there, and as the store does.
 */
export async function runProfiles(given: ProfilesOptions): Promise<number> {
  const { options, terminal, output, clock = systemClock } = given;
  const items = await untilStopped((signal) =>
    withProfileStore(options, async (store) => {
      const { namespace } = given;
      const call = { signal, ...(namespace !== undefined && { namespace }) };
      return (await store.list(KIND, call)).items;
    }),
  );
  const profiles = items.filter(isLearned);
  const shown = given.key === undefined ? profiles : [one(profiles, given.key)];
  const nowMs = clock.now();
  if (output === 'json') {
    terminal.write(`${JSON.stringify({ items: shown.map(learnedProfile) }, null, 2)}\n`);
  } else if (given.key !== undefined) {
    for (const each of shown) terminal.write(describeLearnedProfile(learnedProfile(each), nowMs));
  } else if (shown.length > 0) {
    const isWide = output === 'wide';
    const rows = shown.map((each) => profileRow(learnedProfile(each), { isWide, nowMs }));
    terminal.write(new TextTable(terminal.hasColour).format([profileTitles(isWide), ...rows]));
  } else {
    terminal.writeError(
      `no learned profiles${waiting(items.filter((metadata) => isReport(KIND, metadata)).length)}\n`,
    );
  }
  return EXIT.ok;
}

/** What a person who has just seen a report stored wants to know. */
function waiting(reports: number): string {
  if (reports === 0) return '';
  return ` yet: ${reports} ${reports === 1 ? 'report waits' : 'reports wait'} to be merged`;
}

/** Neither a report that waits to be merged, nor something that a person wrote. */
function isLearned(metadata: ObjectMeta): boolean {
  return !isReport(KIND, metadata) && metadata.annotations?.[ANNOTATION.status] !== undefined;
}

function one(profiles: readonly ObjectMeta[], key: string): ObjectMeta {
  const found = profiles.find(({ namespace, name }) => `${namespace}/${name}` === key);
  if (found !== undefined) return found;
  throw new AgentError('not-found', `there is no learned profile ${key}`);
}
