import type { Narration } from '#agent/live-agent.js';

import type { Container } from '#model/container.js';
import { formatTimestamp } from '#runtime/timestamp.js';

/** Where the narrator gets its words' time and sends its lines. */
export interface NarratorParts {
  readonly now: () => number;
  readonly write: (line: string) => void;
  readonly hasColour: boolean;
}

/**
 * Tells a person what happens to containers and their profiles: one line each, with the time first.
 * Alerts are told by their sink, on the same output.
 */
export function narrator({ now, write, hasColour }: NarratorParts): Narration {
  const names = new Map<string, string>();
  /** What was said of each container's profile last: a refresh that changes nothing to a reader is no news. */
  const told = new Map<string, string>();
  const say = (what: string, detail: string) => {
    const time = formatTimestamp(now());
    const word = what.padEnd(10);
    write(`${time}  ${hasColour ? `\u001b[36m${word}\u001b[0m` : word} ${detail}\n`);
  };
  const nameOf = (containerId: string) => names.get(containerId) ?? containerId.slice(0, 12);
  return {
    onContainerEvent(event) {
      if (event.type === 'container-removed') {
        if (names.has(event.containerId))
          say('container', `${nameOf(event.containerId)} ended${exitOf(event.exitCode)}`);
        return;
      }
      const { container } = event;
      if (container.kind === 'sandbox') return;
      names.set(container.id, displayName(container));
      const how = container.preExisting ? 'runs already' : 'started';
      say('container', `${displayName(container)} ${how} (${container.image})`);
    },
    onSaved({ containerId, profileName, status }) {
      const what = status === 'ready' ? 'still learning' : `learning ended: ${status}`;
      say('learning', `${nameOf(containerId)}: report saved for ${profileName}; ${what}`);
    },
    onCacheChange(change) {
      const description = describeChange(change);
      const isNews = told.get(change.containerId) !== description;
      told.set(change.containerId, description);
      if (isNews && change.to !== undefined && change.to !== 'waiting') {
        say('profile', `${nameOf(change.containerId)}: ${description}`);
      } else if (change.to === undefined) {
        told.delete(change.containerId);
        names.delete(change.containerId);
      }
    },
  };
}

function describeChange({
  to,
  reason,
  status,
  completion,
  isEnforced,
}: Parameters<Narration['onCacheChange']>[0]): string {
  if (to !== 'cached') return `${to} (${reason})`;
  const enforced = isEnforced ? 'judged by it from now on' : 'not judged by it yet';
  return `cached, ${status ?? 'no status'} and ${completion ?? 'of unknown completion'}: ${enforced}`;
}

function displayName(container: Container): string {
  const { pod, namespace, name } = container;
  return pod ? `${namespace}/${pod.name}/${name}` : `${namespace}/${name}`;
}

function exitOf(exitCode: number | undefined): string {
  return exitCode === undefined ? '' : ` with exit code ${exitCode}`;
}
