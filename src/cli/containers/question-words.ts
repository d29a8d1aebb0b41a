import { AgentError } from '#model/agent-error.js';
import type { ProfileSurface } from '#model/profile-needs.js';
import { QUESTION_PARAMETERS, type QuestionWord } from '#web/question-query.js';

/** A question in the words of a command line, read. */
export interface WordedQuestion {
  /** What to ask the agent behind the question mark; several whose answers belong together. */
  readonly queries: readonly string[];
  /** The parts of the profile that the answer is in. */
  readonly surfaces: readonly ProfileSurface[];
}

/**
 * Reads `exec /bin/sh -c "id -u"`, `open /etc/shadow O_RDONLY`, `egress 10.0.0.1 443 TCP` and so on.
 * Throws `invalid` for anything else.
 */
export function readQuestion(question: string): WordedQuestion {
  const [word = '', subject, ...rest] = wordsOf(question);
  if (!isQuestionWord(word) || subject === undefined) throw expected(question);
  const { surfaces } = QUESTION_PARAMETERS[word];
  if (word === 'exec' && rest.length > 0) {
    const names = namesOfProgram(subject);
    return { queries: names.map((name) => queryOf(word, subject, [name, ...rest])), surfaces };
  }
  // The way in which C joins flags.
  const more = word === 'open' ? rest.flatMap((flags) => flags.split('|')) : rest;
  const given = more.filter((each) => each !== '');
  return { queries: [queryOf(word, subject, given)], surfaces };
}

/** A profile has whole argument vectors; their first is the path or its last part, as the caller liked. */
function namesOfProgram(path: string): readonly string[] {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return base === path || base === '' ? [path] : [path, base];
}

function queryOf(word: QuestionWord, subject: string, rest: readonly string[]): string {
  const { list, single } = QUESTION_PARAMETERS[word];
  const query = new URLSearchParams([[word, subject]]);
  for (const [at, value] of rest.entries()) {
    const name = list ?? single[at];
    if (name === undefined) {
      throw new AgentError('invalid', `--explain: "${value}": expected nothing more for ${word}`);
    }
    query.append(name, value);
  }
  return query.toString();
}

/** Splits as a shell does: at white space, unless it is quoted or behind a backslash. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(.)/gsu;
  let word: string | undefined;
  for (const [whole, single, double, escaped, plain, stray] of text.matchAll(piece)) {
    if (stray !== undefined) {
      throw new AgentError('invalid', `--explain: expected each quote to be closed, got "${text}"`);
    }
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (word !== undefined && whole !== '') {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

function isQuestionWord(word: string): word is QuestionWord {
  return Object.hasOwn(QUESTION_PARAMETERS, word);
}

function expected(question: string): AgentError {
  const forms = Object.entries(QUESTION_PARAMETERS).map(([word, { what, list, single }]) => {
    const more = [...(list ? [`${list}…`] : []), ...single].map((name) => ` [${name}]`);
    return `"${word} ${what}${more.join('')}"`;
  });
  return new AgentError(
    'invalid',
    `--explain: expected ${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}, got "${question}"`,
  );
}
