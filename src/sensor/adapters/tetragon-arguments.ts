const QUOTE = '"';

/**
 * The arguments in Tetragon's one string. Tetragon joins them by blanks and puts one with a blank in it between
 * double quotes, escaping nothing (pkg/process/args.go): a quote that no closing one follows, at an
 * argument's end, stands for itself. What the string cannot tell apart comes out as the more usual of the two.
 */
export function splitTetragonArguments(text: string): readonly string[] {
  const args: string[] = [];
  let at = 0;
  // Where one quote finds no end, none after it does: looking again and again would take forever.
  let mayBeQuoted = true;
  while (at < text.length) {
    const isQuoted = mayBeQuoted && text[at] === QUOTE;
    const end = isQuoted ? endOfQuoted(text, at) : -1;
    if (isQuoted && end < 0) mayBeQuoted = false;
    if (end >= 0) {
      args.push(text.slice(at + 1, end));
      at = end + 2;
    } else {
      const blank = text.indexOf(' ', at);
      const stop = blank < 0 ? text.length : blank;
      args.push(text.slice(at, stop));
      at = stop + 1;
    }
  }
  return args;
}

/** Where the quote stands that ends the argument which begins at `start`; below 0 when nothing does. */
function endOfQuoted(text: string, start: number): number {
  for (let at = text.indexOf(QUOTE, start + 1); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    const isEnd = at + 1 === text.length || text[at + 1] === ' ';
    if (isEnd) return at;
  }
  return -1;
}
