import { program } from '../program.ts';

/** How a command line ended, and all that it printed. */
export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, on a terminal without colour whose reader keeps up. */
export async function runProgram(...args: readonly string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const exitCode = await program(args, {
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    hasColour: false,
    isFull: () => false,
    emptied: async () => {},
  });
  return { exitCode, out, err };
}
