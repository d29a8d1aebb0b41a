/** What a terminal could act on or a reader could not see: controls, formats, line separators, halves. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\\]/gu;
/** The same, but for what JSON has escaped by itself. */
const UNSAFE_IN_JSON = /[\p{C}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
};

/**
 * Text that is safe to print on one line of a terminal. Control characters, escape sequences, line
 * breaks, direction overrides and characters that show nothing appear as escapes. At most
 * `maxLength` characters of it; a `…` stands for the rest.
 */
export function visibleText(text: string, maxLength = 240): string {
  const clipped = text.length > maxLength ? text.slice(0, maxLength) : text;
  const safe = clipped.replace(UNSAFE, (character) => SHORT[character] ?? escaped(character));
  return clipped === text ? safe : `${safe}…`;
}

/** JSON with the same characters escaped, as JSON escapes them: it means the same. */
export function visibleJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, inUtf16Units);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

function inUtf16Units(character: string): string {
  let units = '';
  for (let i = 0; i < character.length; i += 1) {
    units += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return units;
}
