import { program } from '../program.ts';
import { GivenTerminal } from './given-terminal.ts';

/** How a command line ended, and all that it printed. */
export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, on a terminal without colour whose reader keeps up. */
export async function runProgram(...args: readonly string[]): Promise<Ended> {
  const terminal = new GivenTerminal();
  const exitCode = await program(args, terminal);
  return { exitCode, out: terminal.out, err: terminal.err };
}
