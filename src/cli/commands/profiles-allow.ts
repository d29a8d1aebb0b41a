import { dump } from 'js-yaml';
import type { AllowingOverlay } from '#agent/alert-questions.js';
import type { AgentOptions } from '#agent/options.js';
import { withProfileStore } from '#agent/with-profile-store.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import { type OverlayObject, overlayUnion } from '#profile/overlay-union.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import { agentAt } from '../containers/agent-client.ts';
import { EXIT } from '../exit-code.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch profiles allow` is asked for. */
export interface ProfilesAllowOptions {
  /** The agent's: its `http`, and which store it has. */
  readonly options: AgentOptions;
  /** An alert's idempotency key or the beginning of one. */
  readonly alert: string;
  /** Print only what is new, and do not look into the store. */
  readonly isAlone: boolean;
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

/**
 * `hullwatch profiles allow`: prints, as YAML, the user-managed profile that would have allowed what an alert is
 * about, joined with what the store has under its name. It changes nothing. Rejects
 * as the agent and the store do.
 */
export async function runProfilesAllow(given: ProfilesAllowOptions): Promise<number> {
  const { options, alert, isAlone, terminal, clock = systemClock } = given;
  const { objects, remarks } = await untilStopped(async (signal) => {
    const path = `/api/v1/alerts/${encodeURIComponent(alert)}/overlay`;
    const { object } = await agentAt(options.http, clock)(path, signal);
    const overlay = object as AllowingOverlay;
    if (!Array.isArray(overlay.objects) || !Array.isArray(overlay.remarks)) {
      throw new AgentError('unavailable', 'what the agent sent is not an overlay');
    }
    if (isAlone) return overlay;
    const joined = await withProfileStore(options, (store) => joinedWith(store, overlay, signal));
    return { ...overlay, objects: joined };
  });
  for (const remark of remarks) terminal.writeError(`${remark}\n`);
  const documents = objects.map((object) => dump(object, { noRefs: true, lineWidth: -1 }));
  terminal.write(documents.join('---\n'));
  return EXIT.ok;
}

async function joinedWith(
  store: ProfileStore,
  { objects }: AllowingOverlay,
  signal: AbortSignal,
): Promise<readonly OverlayObject[]> {
  const joined: OverlayObject[] = [];
  for (const added of objects as readonly OverlayObject[]) {
    const { namespace, name } = added.metadata;
    const existing = await store.get(added.kind, { namespace, name }, { signal });
    joined.push(existing === undefined ? added : overlayUnion(existing, added));
  }
  return joined;
}
