import { isRecord } from '#profile/is-record.js';
import { nearestName } from '#rules/nearest-name.js';
import { PREFILTER_KEYS, parsePrefilter } from '#rules/prefilter-parameters.js';
import type { RuleEventType } from '#rules/rule.js';
import type { Report, WrittenRule } from './lint-subject.ts';
import type { PossibleText } from './possible-texts.ts';

/** Reports a prefilter that is malformed, has unknown keys, or leaves out everything. */
export function checkPrefilter({ state }: WrittenRule, report: Report): void {
  if (!isRecord(state)) return;
  for (const key of Object.keys(state)) {
    if (PREFILTER_KEYS.includes(key)) continue;
    const near = nearestName(key, PREFILTER_KEYS);
    const hint = near ? `did you mean ${near}?` : `expected one of ${PREFILTER_KEYS.join(', ')}`;
    report('unknown-state', `state.${key}: nothing reads it; ${hint}`, { field: ['state', key] });
  }
  const parameters = parsePrefilter(state);
  if (typeof parameters === 'string') {
    report('prefilter', `state: ${parameters}; the whole prefilter has no effect`, {
      field: ['state'],
    });
    return;
  }
  const { includePrefixes, ignorePrefixes } = parameters;
  if (includePrefixes.length === 0) return;
  const isIgnored = (path: string) => ignorePrefixes.some((prefix) => liesUnder(path, prefix));
  if (includePrefixes.every(isIgnored)) {
    const message = 'state.ignorePrefixes: leaves out all that includePrefixes lets through';
    report('never-true', message, { field: ['state', 'ignorePrefixes'] });
  }
}

/**
 * What a prefilter lets through of a field in events of a type: the texts that are included (undefined: all), and
 * which of them are ignored again.
 */
export function prefilterTexts(
  { state }: WrittenRule,
  { type, field }: { readonly type: RuleEventType; readonly field: string },
): {
  readonly included: readonly PossibleText[] | undefined;
  readonly ignores: (text: string) => boolean;
} {
  const all = { included: undefined, ignores: () => false };
  const parameters = isRecord(state) ? parsePrefilter(state) : 'none';
  if (typeof parameters === 'string') return all;
  const { includePrefixes, ignorePrefixes, ports } = parameters;
  if (field === 'dstPort' && ports.length > 0 && (type === 'network' || type === 'ssh')) {
    return { ...all, included: ports.map((port) => ({ text: String(port), isPrefix: false })) };
  }
  const isPath = (field === 'path' && type === 'open') || (field === 'exepath' && type === 'exec');
  if (!isPath) return all;
  const included = includePrefixes.map((prefix) => ({ text: withoutEnd(prefix), isPrefix: true }));
  return {
    included: included.length > 0 ? included : undefined,
    ignores: (text) => ignorePrefixes.some((prefix) => liesUnder(text, prefix)),
  };
}

function liesUnder(path: string, prefix: string): boolean {
  const folder = withoutEnd(prefix);
  return withoutEnd(path) === folder || path.startsWith(`${folder}/`);
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '');
}
