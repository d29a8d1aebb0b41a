import type { SourceRole } from '#model/profile-question.js';
import type { SourceView } from '../profile-source.ts';
import type { Mark, MarkedVersion } from './marked-object.ts';
import { containerNameOf, type Id, type TrialSource } from './trial-cast.ts';
import type { KnownContainer, TrialModel } from './trial-model.ts';

/** Whether a learned profile goes in: `maybe` where that hangs on when its learning has ended. */
export type Counts = 'yes' | 'no' | 'maybe';

/** What goes into a profile, by the rules of `docs/profile-cache.md` in their simplest words. */
export interface Expected {
  readonly base: Used | undefined;
  readonly countsBase: Counts;
  readonly overlays: readonly Used[];
}

/** A version of an object in the role in which it is used. */
export interface Used {
  readonly role: SourceRole;
  readonly marked: MarkedVersion;
}

/** What a profile made of these sources holds. The first that exists of each sort counts. */
export function expectedOf(used: readonly Used[], known: KnownContainer): Expected {
  const of = (...roles: readonly SourceRole[]) => used.filter(({ role }) => roles.includes(role));
  const [authored] = of('authored-for-container', 'authored-for-pod');
  const [learned] = of('learned');
  const managed = of('managed-application', 'managed-network');
  const own = of('user-application', 'user-network');
  return {
    base: authored ?? learned,
    countsBase: authored || !learned ? 'yes' : countsLearned(learned, known),
    overlays: authored ? managed : [...managed, ...own],
  };
}

/** Nothing certainly goes in; with `maybe`, nothing perhaps. */
export function isNothing({ base, countsBase, overlays }: Expected, maybe: 'yes' | 'no'): boolean {
  const counts = countsBase === 'maybe' ? maybe : countsBase;
  return (base === undefined || counts === 'no') && overlays.length === 0;
}

/** The versions of a view's sources that may be used. */
export function usedIn(sources: readonly SourceView[], model: TrialModel): readonly Used[] {
  return sources.flatMap((source) => {
    const marked = model.versionOf(source, source.resourceVersion);
    return source.presence === 'present' && source.refusal === undefined && marked
      ? [{ role: source.role, marked }]
      : [];
  });
}

/** True when a mark concerns a container that has its object as a source. */
export function isFor(id: Id, { container }: Mark): boolean {
  return container === undefined || container === containerNameOf(id);
}

/** Why a stored version cannot be used in a role; undefined when it can. Signatures apart. */
export function isUsable(id: Id, { role }: TrialSource, { shape }: MarkedVersion): boolean {
  if (role !== 'authored-for-container' && role !== 'authored-for-pod') return true;
  if (shape.form === 'refused') return false;
  return shape.form === 'flat' || shape.covers.includes(containerNameOf(id));
}

function countsLearned({ marked }: Used, known: KnownContainer): Counts {
  if (marked.shape.completion === 'complete' || known.looks.isPreExisting) return 'yes';
  return known.hasLearned ? 'maybe' : 'no';
}
