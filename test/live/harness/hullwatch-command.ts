import { join } from 'node:path';
import { type CommandResult, runCommand } from './command.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');

/** Runs `hullwatch ARGS…` from its sources, with this same Node.js, to its end. */
export function runHullwatch(args: readonly string[]): Promise<CommandResult> {
  return runCommand(process.execPath, ['--conditions=source', MAIN, ...args]);
}

/** The same, giving the standard output, and rejecting when it fails. */
export async function hullwatch(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runHullwatch(args);
  if (exitCode === 0) return stdout;
  throw new Error(`hullwatch ${args.join(' ')} ended with ${exitCode}: ${stderr || stdout}`);
}
