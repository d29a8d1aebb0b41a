import type { Container } from './container.ts';
import type { RawEvent } from './raw-event.ts';

/** A process of a container, as the process tree knows it. Nodes change as events arrive. */
export interface ProcessNode {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  /** Empty until an exec was seen of it, or of what forked it, or /proc told. */
  readonly exePath: string;
  /** The argument vector; empty as long as `exePath` is. */
  readonly args: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly cwd: string;
  readonly upperLayer: boolean;
  /** When it began where that is known, else when it was first seen: milliseconds since the Unix epoch. */
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
