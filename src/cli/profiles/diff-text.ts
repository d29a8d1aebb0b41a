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

/**
 * Differences as a person reads them: first what is compared, then by surface. Where a side is made of several
 * objects, each line names those that say so.
 */
export function diffText(diff: ProfileDiff, hasColour: boolean): string {
  const parts = ROW_SURFACES.map((surface) => surfaceText(surface, diff, hasColour)).join('');
  if (parts === '') return 'no differences\n';
  const head = [
    ...diff.sources.before.map((source) => ({
      text: `--- ${oneLine(source)}`,
      colour: COLOUR.removed,
    })),
    ...diff.sources.after.map((source) => ({
      text: `+++ ${oneLine(source)}`,
      colour: COLOUR.added,
    })),
  ];
  return `${head.map((line) => `${painted(line, hasColour)}\n`).join('')}${parts}`;
}

function surfaceText(surface: RowSurface, diff: ProfileDiff, hasColour: boolean): string {
  const own = diff.differences.filter((each) => each.surface === surface);
  if (own.length === 0) return '';
  const lines = own.map((each) => {
    const text = `  ${SIGN[each.change]} ${oneLine(sentence(each, diff))}`;
    return `${painted({ text, colour: COLOUR[each.change] }, hasColour)}\n`;
  });
  return `${surface} (${countsOf(own.length, diff.equal[surface])})\n${lines.join('')}`;
}

function countsOf(different: number, alike: number): string {
  return `${different} ${different === 1 ? 'differs' : 'differ'}, ${alike} alike`;
}

function sentence({ key, before, after }: ProfileDifference, { sources }: ProfileDiff): string {
  const from = originOf(before, sources.before);
  const to = originOf(after, sources.after);
  if (before === undefined) return `${key}${told(after)}${to}`;
  if (after === undefined) return `${key}${told(before)}${from}`;
  return `${key}${told(before, 'any')}${from} →${told(after, 'any')}${to}`;
}

function told(side: DiffSide | undefined, nothing = ''): string {
  const text = side?.details.join(', ') || nothing;
  return text === '' ? '' : ` (${text})`;
}

function originOf(side: DiffSide | undefined, all: readonly string[]): string {
  return side === undefined || all.length < 2 ? '' : `  [${side.sources.join(', ')}]`;
}
