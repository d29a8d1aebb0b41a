import type { Narration } from '#agent/live-agent.js';
import type { Logger } from '#runtime/log.js';

/** Puts what happens to containers and their profiles into the log. */
export function logNarration(log: Logger): Narration {
  return {
    onContainerEvent(event) {
      if (event.type === 'container-removed') {
        log.info('container ended', { containerId: event.containerId, exitCode: event.exitCode });
        return;
      }
      const { id, namespace, name, kind, preExisting, profileName } = event.container;
      log.info('container found', {
        containerId: id,
        namespace,
        container: name,
        kind,
        preExisting,
        profile: profileName,
      });
    },
    onSaved: (saved) => log.info('report saved', { ...saved }),
    onCacheChange: (change) => log.info('profile changed', { ...change }),
  };
}
