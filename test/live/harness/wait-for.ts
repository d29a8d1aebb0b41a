import { inspect } from 'node:util';

const POLL_MS = 20;

/**
 * Asks `condition` again and again until it gives something truthy, which is returned. An
 * assertion that fails (anything that is thrown) counts as "not yet". After `timeoutMs` it rejects,
 * saying what it waited for and what it saw last.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs: number,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await attempt(condition);
    if (seen.value) return seen.value;
    if (performance.now() >= deadline) {
      const message = `waited ${timeoutMs} ms for ${what}; last state: ${seen.state}`;
      throw new Error(message, { cause: seen.error });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface Seen<T> {
  readonly value?: T;
  readonly error?: unknown;
  readonly state: string;
}

async function attempt<T>(condition: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    const value = await condition();
    return { value, state: inspect(value, { breakLength: 200 }) };
  } catch (error) {
    return { error, state: error instanceof Error ? error.message : String(error) };
  }
}
