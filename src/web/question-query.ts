import { AgentError } from '#model/agent-error.js';
import type { ProfileSurface } from '#model/profile-needs.js';
import type { ProfileQuestion } from '#model/profile-question.js';

interface QuestionForm {
  /** What is asked about. */
  readonly what: string;
  /** The parameter that may be repeated. */
  readonly list?: string;
  /** The parameters that stand once at most, in the order of their importance. */
  readonly single: readonly string[];
  /** The parts of a profile that the answer is in. */
  readonly surfaces: readonly ProfileSurface[];
}

/** The questions, by the parameter that asks them, and which parameters go with each. */
export const QUESTION_PARAMETERS: Readonly<Record<QuestionWord, QuestionForm>> = {
  exec: { what: 'PATH', list: 'arg', single: [], surfaces: ['execs'] },
  open: { what: 'PATH', list: 'flag', single: [], surfaces: ['opens'] },
  syscall: { what: 'NAME', single: [], surfaces: ['syscalls'] },
  capability: { what: 'NAME', single: [], surfaces: ['capabilities'] },
  endpoint: { what: ':PORT/PATH', list: 'method', single: [], surfaces: ['endpoints'] },
  egress: {
    what: 'ADDRESS-OR-DOMAIN',
    single: ['port', 'protocol'],
    surfaces: ['egressAddresses', 'egressDomains'],
  },
  ingress: {
    what: 'ADDRESS-OR-DOMAIN',
    single: ['port', 'protocol'],
    surfaces: ['ingressAddresses', 'ingressDomains'],
  },
};

/** The parameter that asks a question. */
export type QuestionWord =
  | 'exec'
  | 'open'
  | 'syscall'
  | 'capability'
  | 'endpoint'
  | 'egress'
  | 'ingress';

type Pair = readonly [name: string, value: string];

/**
 * Reads the question of `…/explain?exec=/bin/sh&arg=sh&arg=-c`. Throws `invalid`, with what was expected,
 * unless it is exactly one question with parameters that go with it.
 */
export function questionFromQuery(query: string): ProfileQuestion {
  const pairs = pairsOf(query);
  const asked = pairs.filter(([name]) => isQuestionWord(name));
  const [question, ...others] = asked;
  if (!question || others.length > 0) {
    const got = asked.map(([name]) => name).join(', ') || 'none';
    throw new AgentError('invalid', `expected one question: ${expectedQuestions()}; got ${got}`);
  }
  const [word, subject] = question as readonly [QuestionWord, string];
  const { what, list, single } = QUESTION_PARAMETERS[word];
  if (subject === '') throw new AgentError('invalid', `${word}: expected ${what}, got nothing`);
  const rest = pairs.filter((pair) => pair !== question);
  const allowed: readonly string[] = list ? [list, ...single] : single;
  for (const [name] of rest) {
    if (allowed.includes(name)) continue;
    const expected = allowed.length > 0 ? allowed.join(', ') : 'nothing';
    throw new AgentError('invalid', `${name}: does not go with ${word}; expected ${expected}`);
  }
  return questionOf(word, subject, rest);
}

function questionOf(word: QuestionWord, subject: string, rest: readonly Pair[]): ProfileQuestion {
  const listed = rest.map(([, value]) => value);
  const isGiven = listed.length > 0;
  switch (word) {
    case 'exec':
      return { surface: 'execs', path: subject, ...(isGiven && { args: listed }) };
    case 'open':
      return { surface: 'opens', path: subject, ...(isGiven && { flags: listed }) };
    case 'syscall':
      return { surface: 'syscalls', name: subject };
    case 'capability':
      return { surface: 'capabilities', name: subject };
    case 'endpoint':
      return { surface: 'endpoints', endpoint: subject, ...(isGiven && { methods: listed }) };
    case 'egress':
    case 'ingress': {
      const port = once('port', rest);
      const protocol = once('protocol', rest);
      return {
        surface: word,
        peer: subject,
        ...(port !== undefined && { port: portOf(port) }),
        // Profiles have Kubernetes' names of protocols: TCP, UDP, SCTP.
        ...(protocol !== undefined && { protocol: protocol.toUpperCase() }),
      };
    }
    default:
      return word satisfies never;
  }
}

function once(name: string, pairs: readonly Pair[]): string | undefined {
  const values = pairs.filter(([each]) => each === name).map(([, value]) => value);
  if (values.length > 1) throw new AgentError('invalid', `${name}: expected once, got ${values}`);
  return values[0];
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new AgentError('invalid', `port: expected a number from 0 to 65535, got "${text}"`);
}

function pairsOf(query: string): readonly Pair[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      return [decoded(name), decoded(value)] as const;
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new AgentError('invalid', `"${text}": expected percent-encoded UTF-8`);
  }
}

function isQuestionWord(name: string): name is QuestionWord {
  return Object.hasOwn(QUESTION_PARAMETERS, name);
}

function expectedQuestions(): string {
  return Object.entries(QUESTION_PARAMETERS)
    .map(([word, { what, list, single }]) => {
      const more = [...(list ? [`${list}=… for each`] : []), ...single.map((name) => `${name}=…`)];
      return `${word}=${what}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
    })
    .join('; ');
}
