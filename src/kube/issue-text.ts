import type * as v from 'valibot';

const IN_WORDS: ReadonlyMap<string, string> = new Map([
  ['Object', 'an object'],
  ['Array', 'a list'],
  ['string', 'a text'],
  ['number', 'a number'],
]);

/**
 * What is wrong with a value of a manifest: `expected v1, got "v2"`. A schema's own message that
 * begins with `expected` is taken as it is.
 */
export function issueText({ message, expected, received, path }: v.BaseIssue<unknown>): string {
  if (message.startsWith('expected')) return message;
  const plain = (expected ?? 'something else').replace(/["()]/g, '').replaceAll(' | ', ' or ');
  const isMissing = received === 'undefined';
  // The issue of a key that is missing has its name in the place of what is expected there.
  const wanted = isMissing && plain === path?.at(-1)?.key ? 'a value' : inWords(plain);
  return `expected ${wanted}, got ${isMissing ? 'nothing' : inWords(received)}`;
}

function inWords(type: string): string {
  return IN_WORDS.get(type) ?? type;
}
