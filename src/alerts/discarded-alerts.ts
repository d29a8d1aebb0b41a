import type { SpoolFile } from './spool-file.ts';

/** A number of alerts that a sink does not get one by one. */
export interface Uncounted {
  readonly count: number;
  /** How many of them stand in the spool's order before all that waits. */
  readonly recent: number;
  /** Names them, the same after a restart. */
  readonly id: string;
  /** The sink has been told. */
  acknowledge(): void;
  /** The sink is to be told later; that survives the end of the process. */
  defer(): void;
}

/**
 * What was discarded before the sink had it, as long as the sink has not been told. `memoryId` tells files
 * that end with the process from others before and after.
 */
export function lostOf(
  sink: string,
  files: readonly SpoolFile[],
  memoryId: string,
): Uncounted | undefined {
  const parts = files.flatMap((file) => {
    const backlog = file.backlog(sink);
    return backlog && backlog.lost + backlog.untold > 0 ? [{ file, ...backlog }] : [];
  });
  if (parts.length === 0) return undefined;
  const recent = parts.reduce((sum, { lost }) => sum + lost, 0);
  return {
    count: parts.reduce((sum, { untold }) => sum + untold, recent),
    recent,
    id:
      parts.map(({ told, acknowledged, lost }) => `${told}-${acknowledged + lost}`).join(' ') +
      memoryId,
    acknowledge: () => {
      for (const { file, acknowledged, lost, untold } of parts) {
        file.acknowledge(sink, acknowledged + lost, { discarded: lost, told: lost + untold });
      }
    },
    defer: () => {
      for (const { file, acknowledged, lost } of parts) {
        file.acknowledge(sink, acknowledged + lost, { discarded: lost });
      }
    },
  };
}

/** Everything that waits for the sink now, or was discarded before that, to be told of as a number. */
export function everythingOf(
  sink: string,
  files: readonly SpoolFile[],
): Pick<Uncounted, 'count' | 'id' | 'acknowledge'> {
  const ends = files.flatMap((file) => {
    const backlog = file.backlog(sink);
    if (backlog === undefined) return [];
    const count = backlog.count + backlog.lost;
    return [{ file, count, end: backlog.acknowledged + count }];
  });
  return {
    count: ends.reduce((sum, { count }) => sum + count, 0),
    id: ends.map(({ end }) => `${end}`).join(' '),
    acknowledge: () => {
      for (const { file, end } of ends) file.acknowledge(sink, end);
    },
  };
}
