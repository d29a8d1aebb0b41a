import { isSecretName, type SecretOption, secretOptionsOf } from './secret-names.ts';
import { redactPatterns, redactValue } from './secret-patterns.ts';

/** One word, or the separators between two: blanks and what a shell takes as an operator. */
const WORD = /(?:[^\s"';|&()`]|"[^"]*(?:"|$)|'[^']*(?:'|$))+|[\s;|&()`]+/g;
const SEPARATOR = /^[\s;|&()`]/;
const COMMAND_END = /[;|&()`\n]/;
const SCRIPT_OPTION = /^-[a-z]*c$/;
const OPTION = /^--?[A-Za-z][\w.-]*$/;
/** Stands where a value was expected: the option before it takes none. */
const NEXT_OPTION = /^--?[A-Za-z]/;
const WHOLE_ASSIGNMENT = /^(-{0,2}[\w.-]+)=([\s\S]+)$/;

/** What one replacement uncovers the next pass finds; text made to need more passes than this has no use. */
const MAX_PASSES = 5;

/**
 * An argument vector with its secrets replaced by `[redacted]`; `docs/redaction.md` lists what
 * counts as one. The names beside them stay. The same array when there is none. Redacting twice
 * changes nothing more, and the time is linear in the length.
 */
export function redactArguments(args: readonly string[]): readonly string[] {
  let redacted = args;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const before = redacted;
    const after = passOverArguments(before);
    if (after.every((arg, i) => arg === before[i])) return before;
    redacted = after;
  }
  return redacted;
}

/** A command line, a script or any text, likewise. */
export function redactText(text: string): string {
  let redacted = text;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const before = redacted;
    redacted = passOverText(before);
    if (redacted === before) break;
  }
  return redacted;
}

function passOverArguments(args: readonly string[]): readonly string[] {
  const reader = new CommandReader();
  let isScript = false;
  return args.map((arg) => {
    const redacted = reader.read(arg, isScript ? passOverText : redactArgument);
    isScript = SCRIPT_OPTION.test(arg);
    return redacted;
  });
}

function passOverText(text: string): string {
  const reader = new CommandReader();
  return redactPatterns(text).replace(WORD, (word) => {
    if (!SEPARATOR.test(word)) return reader.read(word, redactWord);
    if (COMMAND_END.test(word)) reader.endCommand();
    return word;
  });
}

/** An argument is what a shell made of a word: no quotes of its own, and blanks belong to it. */
function redactArgument(arg: string): string {
  return redactAssignment(arg) ?? (/\s/.test(arg) ? passOverText(arg) : redactPatterns(arg));
}

/** A word of a text whose patterns have been redacted already. */
function redactWord(word: string): string {
  const assignment = redactAssignment(word);
  if (assignment !== undefined) return assignment;
  const quote = word.charAt(0);
  const isQuoted =
    (quote === '"' || quote === "'") &&
    word.indexOf(quote, 1) === word.length - 1 &&
    word.length > 2;
  // What stands in quotes holds none of their kind, so this goes two levels deep at most.
  return isQuoted ? quote + passOverText(word.slice(1, -1)) + quote : word;
}

function redactAssignment(word: string): string | undefined {
  const [, name = '', value = ''] = WHOLE_ASSIGNMENT.exec(word) ?? [];
  return name !== '' && isSecretName(name) ? `${name}=${redactValue(value)}` : undefined;
}

/** Reads the words of commands in order and knows which options take a secret in the next one. */
class CommandReader {
  #options: readonly SecretOption[] = [];
  #previous = '';
  /** What the last word said about the next. */
  #expected: { readonly after?: ':' | '%' } | undefined;

  endCommand(): void {
    this.#options = [];
    this.#previous = '';
    this.#expected = undefined;
  }

  /** The word redacted: by what the words before it said, or else by `redact`. */
  read(word: string, redact: (word: string) => string): string {
    const expected = this.#expected;
    this.#expected = undefined;
    if (expected !== undefined && !NEXT_OPTION.test(word)) {
      return redactAfter(word, expected.after) ?? redact(word);
    }
    this.#recogniseProgram(word);
    const option = this.#readOption(word);
    if (option !== undefined) return option;
    if (OPTION.test(word) && isSecretName(word)) this.#expected = {};
    return redact(word);
  }

  #recogniseProgram(word: string): void {
    const ofPair = this.#previous === '' ? [] : secretOptionsOf(this.#previous, word);
    const ofWord = secretOptionsOf(word, '');
    this.#previous = word;
    if (ofPair.length > 0) this.#options = ofPair;
    if (ofWord.length > 0) this.#options = ofWord;
  }

  #readOption(word: string): string | undefined {
    for (const known of this.#options) {
      const attached = known.option.startsWith('--') ? `${known.option}=` : known.option;
      const isSeparate = known.separate && word === known.option;
      const isAttached =
        known.attached && word.startsWith(attached) && word.length > attached.length;
      if (!isSeparate && !isAttached) continue;
      // Used up, so that the options of a program that this one starts are not taken for its own.
      this.#options = this.#options.filter((other) => other !== known);
      if (isAttached) {
        const value = word.slice(attached.length);
        return attached + (redactAfter(value, known.after) ?? value);
      }
      this.#expected = known.after === undefined ? {} : { after: known.after };
      return word;
    }
    return undefined;
  }
}

/** Without a sign to stand after, all of the value; undefined when the sign is not there. */
function redactAfter(value: string, sign: ':' | '%' | undefined): string | undefined {
  if (sign === undefined) return redactValue(value);
  const at = value.indexOf(sign);
  return at < 0 ? undefined : value.slice(0, at + 1) + redactValue(value.slice(at + 1));
}
