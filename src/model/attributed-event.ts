import type { Container } from './container.ts';
import type { RawEvent } from './raw-event.ts';

/** A process of a container, as the process tree knows it. Nodes change as events arrive. */
export interface ProcessNode {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  /** Empty until an exec of the process was seen. */
  readonly exePath: string;
  /** The argument vector; empty until an exec of the process was seen. */
  readonly args: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly cwd: string;
  readonly upperLayer: boolean;
  /** Milliseconds since the Unix epoch of its first sighting. */
  readonly startTimeMs: number;
  /** The parent, when it belongs to the same container. */
  readonly parent?: ProcessNode | undefined;
}

/** An event, the container it happened in, and the process that did it. */
export interface AttributedEvent<E extends RawEvent = RawEvent> {
  readonly event: E;
  readonly container: Container;
  readonly process: ProcessNode;
}
