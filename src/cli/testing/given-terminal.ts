import type { Terminal } from '../terminal.ts';

/** A terminal that keeps what was written, and whose reader keeps up. */
export class GivenTerminal implements Terminal {
  out = '';
  err = '';
  readonly hasColour: boolean;

  constructor(hasColour = false) {
    this.hasColour = hasColour;
  }

  write(text: string): void {
    this.out += text;
  }

  writeError(text: string): void {
    this.err += text;
  }

  isFull(): boolean {
    return false;
  }

  async emptied(): Promise<void> {}
}
