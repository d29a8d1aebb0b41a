import type { Logger } from '#runtime/log.js';

/**
 * Tells of every line that no trial may lead to: errors, and objects that somebody tried to change. The
 * store's objects are frozen, so that whoever changes one gets a TypeError, which the cache would log.
 */
export function watchfulLog(onViolation: (violation: Error) => void): Logger {
  const error = (message: string, fields?: unknown) => {
    onViolation(new Error(`logged: ${message} ${JSON.stringify(fields)}`));
  };
  const others = (message: string, fields?: unknown) => {
    const text = JSON.stringify(fields) ?? '';
    if (/read only|not extensible|TypeError/u.test(text)) error(message, fields);
  };
  return { debug: others, info: others, warn: others, error };
}
