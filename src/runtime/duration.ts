import { AgentError } from '#model/agent-error.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gy;

/**
 * Milliseconds of a duration as Go writes it: `90s`, `1h30m`, `1.5s`, `0`. Throws `invalid` on
 * anything else; `field` names where it stood.
 */
export function parseDuration(text: string, field: string): number {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  let sum = 0;
  PART.lastIndex = 0;
  for (let end = 0; end < trimmed.length; end = PART.lastIndex) {
    const part = PART.exec(trimmed);
    if (!part) break;
    sum += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? Number.NaN);
    if (PART.lastIndex === trimmed.length) return sum;
  }
  throw new AgentError(
    'invalid',
    `${field}: expected a duration such as 30s, 10m or 1h30m, got "${text}"`,
  );
}

/** The shortest Go spelling of a duration, down to milliseconds: `1h30m`, `45s`, `250ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const totalSeconds = ms / 1_000;
  const hours = Math.floor(totalSeconds / 3_600);
  const minutes = Math.floor((totalSeconds % 3_600) / 60);
  const seconds = Math.round((totalSeconds % 60) * 1_000) / 1_000;
  const parts = [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`];
  return parts.filter(Boolean).join('');
}
