import pino from 'pino';
import type { Logger } from '#runtime/log.js';

/** One JSON object a line on standard error. */
export function jsonLogger(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: true });
  // Standard error on a full disk, or with nobody at its other end, costs log lines and nothing else.
  destination.on('error', () => {});
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (name) => ({ level: name }) },
    },
    destination,
  );
  return {
    debug: (message, fields = {}) => log.debug(fields, message),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  };
}
