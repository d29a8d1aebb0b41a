import type { ExpressionNode } from './expression-tree.ts';

/** Texts and comments, in which a parenthesis means nothing; or a parenthesis. */
const TOKEN = /[bB]?[rR]?("""|'''|"|')|\/\/[^\n]*|[()]/g;

/**
 * How a node stands in the source, with the parentheses that its ends belong to: the library's
 * nodes begin and end at their outermost operands, inside of them.
 */
export function sourceOf(node: ExpressionNode): {
  readonly source: string;
  readonly offset: number;
} {
  const { input } = node;
  const { opening, closing } = unbalanced(input.slice(node.start, node.end));
  let { start, end } = node;
  for (let missing = opening; missing > 0; missing -= 1) {
    const before = input.lastIndexOf('(', start - 1);
    if (before < 0 || input.slice(before + 1, start).trim() !== '') break;
    start = before;
  }
  for (let missing = closing; missing > 0; missing -= 1) {
    const after = input.indexOf(')', end);
    if (after < 0 || input.slice(end, after).trim() !== '') break;
    end = after + 1;
  }
  return { source: input.slice(start, end), offset: start };
}

/** How many parentheses are missing before and after a text. */
function unbalanced(text: string): { readonly opening: number; readonly closing: number } {
  let depth = 0;
  let lowest = 0;
  const tokens = new RegExp(TOKEN);
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    const [written, quote] = token;
    if (quote) tokens.lastIndex = endOfText(text, tokens.lastIndex, { quote, written });
    if (written === '(') depth += 1;
    if (written === ')') depth -= 1;
    lowest = Math.min(lowest, depth);
  }
  return { opening: -lowest, closing: depth - lowest };
}

function endOfText(
  text: string,
  start: number,
  { quote, written }: { readonly quote: string; readonly written: string },
): number {
  const isRaw = /[rR]/.test(written);
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\' && !isRaw) at += 1;
    else if (text.startsWith(quote, at)) return at + quote.length;
  }
  return text.length;
}
