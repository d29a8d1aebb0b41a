import type { ContainerEvent } from '#model/container.js';
import type { RawRecord } from '#model/raw-event.js';

/**
 * Since when the sensor sees everything. The container runtime tells of containers before the sensor
 * is ready, and while it or one of several sources is being restarted: what these did first, nobody saw.
 */
export class Sight {
  #sinceMs = Number.POSITIVE_INFINITY;

  /** Takes what the sensor delivered: sight begins with its `ready`, and ends and begins as it says. */
  observe(records: readonly RawRecord[]): void {
    for (const record of records) {
      if (record.type === 'ready') this.#sinceMs = record.timeMs;
      else if (record.type === 'damaged' && record.isBlind !== undefined) {
        this.#sinceMs = record.isBlind ? Number.POSITIVE_INFINITY : record.timeMs;
      }
    }
  }

  /** The sensor died. */
  end(): void {
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** The event, with a container that was not seen from its start marked as `preExisting`. */
  mark(event: ContainerEvent): ContainerEvent {
    if (event.type !== 'container-added' || event.container.startedAtMs >= this.#sinceMs) {
      return event;
    }
    return { ...event, container: { ...event.container, preExisting: true } };
  }
}
