import { spawn } from 'node:child_process';

/** How a command ended and what it wrote. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly cwd?: string;
  /** After this the command is killed and the call rejects. Default 30 s. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end with no standard input. Rejects only if it cannot start or hangs. */
export function runCommand(
  program: string,
  args: readonly string[],
  { cwd, timeoutMs = 30_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      const wrote = Buffer.concat([...stdout, ...stderr]).toString();
      reject(new Error(`${program} ${args.join(' ')} still runs after ${timeoutMs} ms: ${wrote}`));
    }, timeoutMs);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new Error(`${program} cannot be started: ${cause.message}`, { cause }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({
        // A signal has no exit code; -1 is none that a program can give.
        exitCode: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** The same, giving the standard output, and rejecting when the program fails. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(program, args, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}: ${stderr || stdout}`);
}
