import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { ExplainedEntry, TracedCall, TracedExpression } from '#model/rule-decision.js';
import { decidingParts } from './deciding-parts.ts';

/** What expressions were evaluated to, and by what. */
interface Verdict {
  readonly expressions: readonly TracedExpression[];
  readonly calls: readonly TracedCall[];
  /** The profile that was asked. */
  readonly judging: ContainerProfileEntry | undefined;
}

/** How many parts of an expression are named in one sentence. */
const PARTS_NAMED = 2;
/** Characters of a part that a sentence shows. */
const SHOWN = 100;

/** Why a rule finds something: what the profile holds against it, if it was asked. */
export function whyFound({ calls, judging }: Verdict): string {
  const refused = calls.filter(isRefusal);
  if (refused.length === 0) return 'the expressions are true, whatever the profile holds';
  if (judging === undefined) return 'the expressions are true, and no profile could allow it';
  const nearest = refused.find((call) => call.nearest !== undefined)?.nearest;
  const like =
    nearest === undefined ? 'and holds nothing like it' : `most like it is ${entryIn(nearest)}`;
  const separator = nearest === undefined ? ', ' : '; ';
  return `the profile does not allow it${separator}${like}`;
}

/** Why the expressions are not all true: the entry of the profile that allows it, or the parts that are false. */
export function whyNotTrue({ expressions, calls }: Verdict): string {
  const failing = expressions.filter(({ value }) => value !== 'true').flatMap(decidingParts);
  for (const { source, value } of failing) {
    const allowed = calls.find(
      (call) =>
        value === 'true' && call.matched !== undefined && source.startsWith(`${call.function}(`),
    );
    if (allowed?.matched) return `the profile allows it by ${entryIn(allowed.matched)}`;
  }
  const told = failing
    .slice(0, PARTS_NAMED)
    .map(({ source, value }) => `${shortened(source)} is ${value ?? 'not known'}`);
  const others = failing.length - told.length;
  return [...told, ...(others > 0 ? [`${others} more like it`] : [])].join(', and ');
}

/** True of a call that asked the profile for something and got a no. */
export function isRefusal({ function: name, answer }: TracedCall): boolean {
  return answer === false && /^(?:cp|ap|nn)\./.test(name);
}

function entryIn({ entry, role }: ExplainedEntry): string {
  return `${entry} (${role})`;
}

function shortened(source: string): string {
  const line = source
    .replace(/\s+/g, ' ')
    .replace(/(?<=\() | (?=[).])/g, '')
    .trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
