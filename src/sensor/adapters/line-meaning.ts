import type { EventType, RawEvent } from '#model/raw-event.js';
import type { LineFields } from './line-fields.ts';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'seq' | 'cgroupId'> : never;

/** An event as a line tells it: without a number and a cgroup, which such lines never carry. */
export type UnnumberedEvent = Unnumbered<RawEvent>;

/** A container as a line names it. */
export interface NamedContainer {
  /** Its id, or the first 31 characters of it; empty for a process of the host. */
  readonly id: string;
  /** The same text while it runs, another one when it is started again; empty when the line does not tell. */
  readonly life: string;
}

/** What a line says. */
export type LineMeaning =
  | { readonly kind: 'event'; readonly event: UnnumberedEvent; readonly container: NamedContainer }
  /** Nothing that happened as the model means it: an attempt that failed, a connection's end. */
  | { readonly kind: 'unwanted'; readonly type: EventType }
  /** A line of the tool that no kind of event stands for. */
  | { readonly kind: 'foreign'; readonly what: string }
  /** The tool tells that it lost events. */
  | { readonly kind: 'lost'; readonly count: number };

/**
 * Reads one line. Throws `invalid` with the field and what was expected there when it is no line of the tool.
 * `nowMs` stands in for the time of a line that tells none.
 */
export type LineParser = (line: LineFields, nowMs: number) => LineMeaning;

/** What was not told: the kernel's own word for no user and no group. */
export const UNKNOWN_ID = 4_294_967_295;
