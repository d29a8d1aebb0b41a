const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * How long something lasts, as Kubernetes puts it into tables: two units while the smaller one says something
 * (`5m30s`, `7h20m`, `3d4h`, `2y10d`), one otherwise. Less than nothing is `0s`: clocks differ a little.
 */
export function formatAge(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return inUnits(ms, [MINUTE, 'm'], [SECOND, 's']);
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return inUnits(ms, [HOUR, 'h'], [MINUTE, 'm']);
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return inUnits(ms, [DAY, 'd'], [HOUR, 'h']);
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`;
  if (ms < 8 * YEAR) return inUnits(ms, [YEAR, 'y'], [DAY, 'd']);
  return `${Math.floor(ms / YEAR)}y`;
}

type Unit = readonly [lengthMs: number, name: string];

function inUnits(ms: number, [large, name]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${name}${rest > 0 ? `${rest}${smallName}` : ''}`;
}
