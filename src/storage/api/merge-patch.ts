import { isRecord } from '#profile/is-record.js';

/**
 * What becomes of `target` by a JSON merge patch (RFC 7386). Neither is changed; parts of both may be
 * shared by the result. Recurses as deep as the patch goes: bound that before.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else
      result[name] = applyMergePatch(Object.hasOwn(result, name) ? result[name] : undefined, value);
  }
  return result;
}
