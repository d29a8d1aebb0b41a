import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { ContainerJson } from '#web/container-json.js';
import type { ShownContainer } from './container-columns.ts';

const ASK_EVERY_MS = 1_000;

/** What a watch is made of. */
export interface WatchParts {
  readonly clock: Clock;
  readonly list: (signal: AbortSignal) => Promise<readonly ContainerJson[]>;
  /** Equal for two accounts of a container that look alike to the reader. */
  readonly looksOf: (container: ShownContainer) => string;
  /** Takes the containers that look otherwise than before, those that went as `gone`. */
  readonly show: (changed: readonly ShownContainer[]) => void;
  /** Takes a line about the asking itself. */
  readonly tell: (line: string) => void;
}

/**
 * Asks every second until `signal` aborts, and shows what changed. Rejects when the first asking fails;
 * later it says so once and goes on.
 */
export async function watchContainers(parts: WatchParts, signal: AbortSignal): Promise<void> {
  const { clock, show, tell } = parts;
  const shown = new Map<string, ShownContainer>();
  show(changesOf(shown, await parts.list(signal), parts));
  let isSilent = false;
  while (!signal.aborted) {
    try {
      await clock.sleep(ASK_EVERY_MS, signal);
      const changed = changesOf(shown, await parts.list(signal), parts);
      if (isSilent) tell('the agent answers again');
      isSilent = false;
      if (changed.length > 0) show(changed);
    } catch (reason) {
      const { code, message } = AgentError.from(reason);
      if (code === 'aborted') return;
      if (!isSilent) tell(`${message}; still asking`);
      isSilent = true;
    }
  }
}

function changesOf(
  shown: Map<string, ShownContainer>,
  items: readonly ContainerJson[],
  { looksOf, clock }: WatchParts,
): readonly ShownContainer[] {
  const changed: ShownContainer[] = [];
  const present = new Set(items.map(({ containerId }) => containerId));
  for (const [id, before] of shown) {
    if (present.has(id)) continue;
    shown.delete(id);
    const since = formatTimestamp(clock.now());
    changed.push({ ...before, state: 'gone', reason: '-', isEnforced: false, since });
  }
  for (const item of items) {
    const before = shown.get(item.containerId);
    shown.set(item.containerId, item);
    if (!before || looksOf(before) !== looksOf(item)) changed.push(item);
  }
  return changed;
}
