import type { ProfileSurface } from '#model/profile-needs.js';
import type { ProfileAnswer, SourcedEntry } from '#model/profile-question.js';
import { painted, TextTable } from '../text-table.ts';
import type { ShownContainer } from './container-columns.ts';

/** The answers to the parts of one question, as one: each entry once. */
export function joinAnswers(answers: readonly ProfileAnswer[]): ProfileAnswer {
  const allowedBy = new Map<string, SourcedEntry>();
  for (const entry of answers.flatMap((answer) => answer.allowedBy)) {
    allowedBy.set(JSON.stringify(entry), entry);
  }
  if (allowedBy.size > 0) return { allowedBy: [...allowedBy.values()] };
  const nearest = answers.find((answer) => answer.nearest)?.nearest;
  return { allowedBy: [], ...(nearest && { nearest }) };
}

/** What an explanation is about. */
export interface Explained {
  readonly container: ShownContainer;
  /** The parts of the profile that the answer was looked for in. */
  readonly surfaces: readonly ProfileSurface[];
  readonly hasColour: boolean;
}

/** Says which entries of which sources allow it, or that none does and which comes nearest. */
export function explainAnswer({ allowedBy, nearest }: ProfileAnswer, about: Explained): string {
  const { hasColour } = about;
  const table = new TextTable(hasColour);
  const title = ['', 'ENTRY', 'SOURCE', 'OBJECT', 'VERSION'];
  if (allowedBy.length > 0) {
    const verdict = painted({ text: 'allowed', colour: 'green' }, hasColour);
    return `${verdict} by\n${table.format([title, ...allowedBy.map(rowOf)])}${enforcement(about)}`;
  }
  const verdict = painted({ text: 'not allowed', colour: 'yellow' }, hasColour);
  const most = nearest
    ? `; the nearest entry is\n${table.format([title, rowOf(nearest)])}`
    : ', and no entry is like it\n';
  return `${verdict}${most}${omission(about)}${enforcement(about)}`;
}

function rowOf({ entry, origin }: SourcedEntry): readonly string[] {
  const { role, kind, namespace, name, resourceVersion } = origin;
  return ['', entry, role, `${kind} ${namespace}/${name}`, resourceVersion ?? '-'];
}

/** The cache keeps what rules ask about: of the rest it cannot say whether the stored profile has it. */
function omission({ container: { entries }, surfaces }: Explained): string {
  const lines = surfaces.flatMap((surface) => {
    const { kept, stored } = entries?.[surface] ?? { kept: 0, stored: 0 };
    if (kept >= stored) return [];
    return `Only ${kept} of ${stored} stored ${surface} are kept here, those that the rules ask about; the others were not looked at.\n`;
  });
  return lines.join('');
}

function enforcement({ container: { isEnforced, status } }: Explained): string {
  if (isEnforced) return '';
  return `No rule judges by this profile yet: its status is ${status ?? 'not known'}.\n`;
}
