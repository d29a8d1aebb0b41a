import type { Finding } from '#model/finding.js';

/** When what was found happened: milliseconds since the Unix epoch. */
export function timeOf({ subject }: Finding): number {
  return subject.event === undefined ? subject.timeMs : subject.event.timeMs;
}
