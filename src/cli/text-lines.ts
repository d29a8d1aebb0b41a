import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AgentError } from '#model/agent-error.js';

/** The lines of files one after the other; `-`, or no file at all, is standard input. Throws `not-found`. */
export async function* textLines(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files.length > 0 ? files : ['-']) {
    if (file === '-') yield* createInterface({ input: process.stdin });
    else yield* linesOf(file);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    const handle = await open(file);
    yield* handle.readLines();
  } catch (cause) {
    const { message } = AgentError.from(cause);
    throw new AgentError('not-found', `${file}: cannot be read: ${message}`, { cause });
  }
}
