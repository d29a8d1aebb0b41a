import type { SensorControl, SensorDemand } from '#model/sensor-control.js';

/** What steering needs to know of containers, and whom it tells. */
interface SensorSteeringParts {
  /** Of the source of events; absent when it cannot be told anything. */
  readonly control: SensorControl | undefined;
  /** Lets what was set aside as a repetition pass again: of one container, or of all. */
  readonly reopenDedup: (containerId?: string) => void;
  /** The containers that run. */
  readonly containers: () => Iterable<{ readonly id: string }>;
  /** By which cgroups the events of a container come, as far as known now. */
  readonly cgroupsOf: (containerId: string) => readonly number[];
  /** What this container does now goes into a profile: all of it is wanted. */
  readonly isRecording: (containerId: string) => boolean;
}

/**
 * Tells the sensor what nobody needs: of containers that are learned everything is wanted, of the others what rules
 * ask for. A container that is not told of yet is told of in full, so that its beginning is never missed. And lets what
 * was told before be told again, by the sensor and by our own deduplication, when it may be judged otherwise.
 */
export class SensorSteering {
  readonly #parts: SensorSteeringParts;
  readonly #narrowed = new Set<number>();

  constructor(parts: SensorSteeringParts) {
    this.#parts = parts;
  }

  /** Rules need this from now on; what was found harmless by those before, or left out, may be none. */
  rulesChanged(demand: SensorDemand): void {
    const { control, reopenDedup } = this.#parts;
    reopenDedup();
    control?.demand(demand);
    control?.reopen();
  }

  /** What a container does is judged anew, or went unseen: what it did before is told again. */
  reopen(containerId: string): void {
    const { control, reopenDedup, cgroupsOf } = this.#parts;
    reopenDedup(containerId);
    for (const cgroupId of cgroupsOf(containerId)) control?.reopen(cgroupId);
  }

  /** Looks at all containers that run; to be called when one came or was learned, and now and again. */
  update(): void {
    const running = new Set<number>();
    for (const { id } of this.#parts.containers()) {
      const isNarrow = !this.#parts.isRecording(id);
      for (const cgroupId of this.#parts.cgroupsOf(id)) {
        running.add(cgroupId);
        this.#set(cgroupId, isNarrow);
      }
    }
    for (const cgroupId of this.#narrowed) if (!running.has(cgroupId)) this.#set(cgroupId, false);
  }

  #set(cgroupId: number, isNarrow: boolean): void {
    const { control } = this.#parts;
    if (this.#narrowed.has(cgroupId) === isNarrow) return;
    control?.narrow(cgroupId, isNarrow);
    if (isNarrow) this.#narrowed.add(cgroupId);
    else this.#narrowed.delete(cgroupId);
    // What rules did not need may be new to the one who learns it.
    if (!isNarrow) control?.reopen(cgroupId);
  }
}
