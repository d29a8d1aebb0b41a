import type { AgentOptions } from '#agent/options.js';
import { diffProfiles } from '#profile/profile-diff.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import { type AskAgent, agentAt } from '../containers/agent-client.ts';
import { EXIT } from '../exit-code.ts';
import { diffText } from '../profiles/diff-text.ts';
import { profileReference } from '../profiles/profile-reference.ts';
import { referredProfiles, specsOf } from '../profiles/referred-profiles.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch profiles diff` is asked for. */
export interface ProfilesDiffOptions {
  readonly options: AgentOptions;
  /** As `profileReference` reads them. */
  readonly references: readonly [before: string, after: string];
  /** The container to compare, where a profile speaks of several. */
  readonly container?: string | undefined;
  readonly output: 'text' | 'json';
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

/**
 * `hullwatch profiles diff A B`: what B allows more, less or differently than A. Settles with 1 when they differ, as
 * diff(1) does. Rejects as `referredProfiles` and `specsOf` do.
 */
export async function runProfilesDiff(given: ProfilesDiffOptions): Promise<number> {
  const { options, references, container, output, terminal, clock = systemClock } = given;
  const parsed = references.map(profileReference);
  const [before, after] = await untilStopped(async (signal) => {
    // An agent is asked only when a container is meant.
    const ask: AskAgent = (path, within) => agentAt(options.http, clock)(path, within);
    const places = { options, signal, ask };
    const referred = [];
    for (const reference of parsed) referred.push(await referredProfiles(reference, places));
    const name = container ?? referred.find((each) => each.containerName)?.containerName;
    return referred.map((each) => specsOf(each, name));
  });
  const diff = diffProfiles(before ?? [], after ?? []);
  terminal.write(
    output === 'json' ? `${JSON.stringify(diff, null, 2)}\n` : diffText(diff, terminal.hasColour),
  );
  return diff.differences.length === 0 ? EXIT.ok : EXIT.failed;
}
