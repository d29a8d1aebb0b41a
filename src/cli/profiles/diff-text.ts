import type { DiffSide, ProfileDiff, ProfileDifference } from '#profile/profile-diff.js';
import { ROW_SURFACES, type RowSurface } from '#profile/profile-rows.js';
import { oneLine } from '../one-line.ts';
import { type Colour, painted } from '../text-table.ts';

const SIGN = { added: '+', removed: '-', changed: '~' } as const;
const COLOUR: Readonly<Record<ProfileDifference['change'], Colour>> = {
  added: 'green',
  removed: 'red',
  changed: 'yellow',
};

/** Differences as a person reads them: by surface, each with the objects that say so. */
export function diffText(diff: ProfileDiff, hasColour: boolean): string {
  const parts = ROW_SURFACES.map((surface) => surfaceText(surface, diff, hasColour));
  const text = parts.filter((part) => part !== '').join('');
  return text === '' ? 'no differences\n' : text;
}

function surfaceText(surface: RowSurface, { differences, equal }: ProfileDiff, hasColour: boolean) {
  const own = differences.filter((each) => each.surface === surface);
  if (own.length === 0) return '';
  const lines = own.map((each) => {
    const text = `  ${SIGN[each.change]} ${oneLine(sentence(each))}`;
    return `${painted({ text, colour: COLOUR[each.change] }, hasColour)}\n`;
  });
  return `${surface} (${own.length} differ, ${equal[surface]} alike)\n${lines.join('')}`;
}

function sentence({ key, before, after }: ProfileDifference): string {
  if (before === undefined) return `${key}${told(after)}  [${sources(after)}]`;
  if (after === undefined) return `${key}${told(before)}  [${sources(before)}]`;
  return `${key}${told(before, 'any')} →${told(after, 'any')}  [${sources(before)} → ${sources(after)}]`;
}

function told(side: DiffSide | undefined, nothing = ''): string {
  const text = side?.details.join(', ') || nothing;
  return text === '' ? '' : ` (${text})`;
}

function sources(side: DiffSide | undefined): string {
  return side?.sources.join(', ') ?? '';
}
