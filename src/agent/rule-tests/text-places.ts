import type { NodeSpan } from './yaml-spans.ts';

/** Lines and columns of offsets in one text. */
export class TextPlaces {
  readonly #text: string;
  /** Offset at which each line begins. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      starts.push(at + 1);
    }
    this.#starts = starts;
  }

  /** Line and column, from 1, of an offset from 0. */
  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /**
   * Where in the text the character `offset` of a scalar's decoded value stands: quotes, escapes and the
   * folding of lines are walked over. Where that cannot be told, the last place that could.
   */
  offsetInScalar({ start, end, indent }: NodeSpan, decoded: string, offset: number): number {
    let at = this.#skipIndent(start, indent);
    for (let index = 0; index < offset && at < end; index += 1) {
      at = this.#after(at, decoded[index]);
      if (this.#text[at - 1] === '\n') at = this.#skipIndent(at, indent);
    }
    return Math.min(at, Math.max(start, end - 1));
  }

  /** The offset behind what stands for one decoded character. */
  #after(at: number, character: string | undefined): number {
    const written = this.#text[at];
    if (written === character)
      return written === "'" && this.#text[at + 1] === "'" ? at + 2 : at + 1;
    if (written === '\\') return at + 2;
    const breakAt = this.#text.indexOf('\n', at);
    const isFold = (character === ' ' || character === '\n') && breakAt !== -1;
    return isFold && this.#text.slice(at, breakAt).trim() === '' ? breakAt + 1 : at + 1;
  }

  /** Of a text in a block only its own indentation is not part of it; of others all of it. */
  #skipIndent(from: number, indent = Number.POSITIVE_INFINITY): number {
    let at = from;
    while (this.#text[at] === ' ' && at < from + indent) at += 1;
    return at;
  }
}
