import { oneLine } from './one-line.ts';

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;

/** A colour of text on a terminal. */
export type Colour = keyof typeof CODES;

/** What stands in one place of a table. */
export interface Cell {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

/** The text in a colour, when the terminal has colours. */
export function painted({ text, colour }: Cell, hasColour: boolean): string {
  return hasColour && colour && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

/**
 * Lays out rows in columns, two spaces apart, as wide as the widest cell so far: rows that come later
 * stand below the earlier ones unless they need more room. Nothing is cut.
 */
export class TextTable {
  readonly #hasColour: boolean;
  readonly #widths: number[] = [];

  constructor(hasColour = false) {
    this.#hasColour = hasColour;
  }

  /** The rows as text, each with a line break. */
  format(rows: readonly (readonly (Cell | string)[])[]): string {
    const cells = rows.map((row) => row.map(asCell));
    for (const row of cells) {
      for (const [column, { text }] of row.entries()) {
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, text.length);
      }
    }
    return cells.map((row) => `${this.#line(row)}\n`).join('');
  }

  #line(row: readonly Cell[]): string {
    const last = row.findLastIndex(({ text }) => text !== '');
    return row
      .slice(0, last + 1)
      .map((cell, column) => {
        const space = column === last ? 0 : (this.#widths[column] ?? 0) - cell.text.length;
        return painted(cell, this.#hasColour) + ' '.repeat(space);
      })
      .join('  ');
  }
}

function asCell(cell: Cell | string): Cell {
  return typeof cell === 'string' ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) };
}
