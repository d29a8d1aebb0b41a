/** Classes of Unicode, such as `\pL`, hold hundreds of ranges. */
const UNICODE_CLASS_SIZE = 20;

/**
 * About how many instructions a regular expression compiles to, from its text alone: repetitions
 * are written out when compiling, so that a short pattern can be a large program. A pattern that is
 * wrong may have any size.
 */
export function patternSize(pattern: string): number {
  const groups: number[] = [];
  let total = 0;
  let last = 0;
  for (const [piece] of pattern.matchAll(PIECE)) {
    if (piece === '(') {
      groups.push(total);
      total = 0;
      last = 0;
    } else if (piece === ')') {
      last = total + 1;
      total += groups.pop() ?? 0;
      total += 1;
    } else if (piece.startsWith('{')) {
      const more = last * (repetitionsOf(piece) - 1);
      total += more;
      last += more;
    } else {
      last = piece.includes('\\p') || piece.includes('\\P') ? UNICODE_CLASS_SIZE : 1;
      total += last;
    }
  }
  return groups.reduce((sum, size) => sum + size, total);
}

/** A class in brackets, an escape, a repetition, or one character. */
const PIECE =
  /\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\\[pP](?:\{[^}]*\}|.)|\\.|\{\d+(?:,\d*)?\}|./gsu;

function repetitionsOf(piece: string): number {
  const [least = 0, most = 0] = piece.slice(1, -1).split(',').map(Number);
  return Math.max(1, least, most);
}
