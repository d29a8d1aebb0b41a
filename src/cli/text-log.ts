import type { LogFields, Logger } from '#runtime/log.js';
import { oneLine } from './one-line.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Log lines for a person: `warn: the sensor died (error: …)`. */
export function textLogger(level: string, write: (text: string) => void): Logger {
  const lowest =
    level === 'silent' ? LEVELS.length : LEVELS.indexOf(level as (typeof LEVELS)[number]);
  const line =
    (at: number) =>
    (message: string, fields: LogFields = {}) => {
      if (at < lowest) return;
      const named = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`);
      const detail = named.length > 0 ? ` (${named.join(', ')})` : '';
      write(`${LEVELS[at]}: ${oneLine(message + detail)}\n`);
    };
  return { debug: line(0), info: line(1), warn: line(2), error: line(3) };
}
