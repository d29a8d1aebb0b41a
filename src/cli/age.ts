const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long something lasts, as kubectl shows it: two units while the smaller one says something
 * (`5m30s`, `7h20m`, `3d4h`), one otherwise. Less than nothing is `0s`.
 */
export function formatAge(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return inUnits(ms, [MINUTE, 'm'], [SECOND, 's']);
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return inUnits(ms, [HOUR, 'h'], [MINUTE, 'm']);
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return inUnits(ms, [DAY, 'd'], [HOUR, 'h']);
  return `${Math.floor(ms / DAY)}d`;
}

type Unit = readonly [lengthMs: number, name: string];

function inUnits(ms: number, [large, name]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${name}${rest > 0 ? `${rest}${smallName}` : ''}`;
}
