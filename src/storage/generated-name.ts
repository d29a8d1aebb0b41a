import { AgentError } from '#model/agent-error.js';
import type { Random } from '#runtime/random.js';

/** No vowels, so that no words come out, and nothing that looks like another. As Kubernetes has it. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LENGTH = 5;

/** Kubernetes cuts the base so that the name is a DNS label of at most 63 characters. */
const MAX_BASE_LENGTH = 63 - RANDOM_LENGTH;

/** As often as Kubernetes tries. */
const TRIES = 8;

/** `base` and five random characters, a name that is not taken. Throws `conflict` after eight tries. */
export function generatedName(
  base: string,
  random: Random,
  isTaken: (name: string) => boolean,
): string {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const name = base.slice(0, MAX_BASE_LENGTH) + suffix(random);
    if (!isTaken(name)) return name;
  }
  throw new AgentError('conflict', `no free name was found for generateName ${base}: try again`);
}

function suffix(random: Random): string {
  return Array.from({ length: RANDOM_LENGTH }, () =>
    ALPHABET.charAt(Math.floor(random.next() * ALPHABET.length)),
  ).join('');
}
