import { decidingParts } from '#agent/deciding-parts.js';
import type {
  ExplainedEntry,
  ExplainedSource,
  RuleExplanation,
  TracedCall,
  TracedExpression,
} from '#model/rule-decision.js';
import { oneLine } from '../one-line.ts';
import { type Colour, painted } from '../text-table.ts';

/** Texts of a container can be long; the whole is in the JSON. */
const MAX_CHARS = 160;
/** Where sentences go on in the next line. */
const WRAP_AT = 100;
/** A container's id is known by its beginning. */
const LONG_ID = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;
/** Width of the words on the left. */
const LEFT = 10;

/** The word on the left, and lines on the right of it. */
type Paragraph = readonly [word: string, lines: readonly string[]];

/**
 * Explanations as a person reads them: the outcome first, then what it rests on. Of several, those that alert come
 * first, and of the others only the outcome is told.
 */
export function explanationText(
  explanations: readonly RuleExplanation[],
  hasColour: boolean,
): string {
  const isBrief = explanations.length > 1;
  const parts = [...explanations]
    .sort((a, b) => rankOf(a) - rankOf(b))
    .map((each) => textOf(each, { hasColour, isBrief: isBrief && rankOf(each) > 1 }));
  return parts.join('\n');
}

/** One paragraph: the word on the left of its first line, the other lines below that one. */
export function paragraph([word, lines]: Paragraph): string {
  const rest = ' '.repeat(LEFT + 2);
  return lines
    .map((line, at) => `${at === 0 ? `  ${word.padEnd(LEFT)}` : rest}${shown(line)}\n`)
    .join('');
}

/** Alerts, then what only the cooldown holds back, then what another stage did, last what is simply not true. */
function rankOf({ suppressedBy, verdict }: RuleExplanation): number {
  if (suppressedBy === undefined) return 0;
  if (suppressedBy === 'cooldown') return 1;
  return verdict === true ? 2 : 3;
}

function textOf(
  explanation: RuleExplanation,
  { hasColour, isBrief }: { readonly hasColour: boolean; readonly isBrief: boolean },
): string {
  const { ruleId, ruleName, suppressedBy, why } = explanation;
  const paint = (text: string, colour: Colour) => painted({ text, colour }, hasColour);
  const outcome =
    suppressedBy === undefined
      ? paint('alert', 'red')
      : `${paint('no alert', 'green')}, stopped at ${suppressedBy}`;
  const title = `${ruleId} ${shown(ruleName)}: ${outcome}\n`;
  const reason = paragraph(['why', wrapped(why)]);
  if (isBrief) return title + reason;
  return title + reason + detailsOf(explanation).map(paragraph).join('');
}

function detailsOf(explanation: RuleExplanation): readonly Paragraph[] {
  const { message, ruleSource, calls, expressions, suppressedBy, verdict } = explanation;
  const parts = expressions.flatMap(decidingParts);
  const isVerdictNews = verdict !== undefined && suppressedBy !== undefined;
  const verdictLine = `the expressions are ${verdict ? '' : 'not '}true of it`;
  const isFirstWord = isVerdictNews && suppressedBy !== 'expression';
  return [
    ['message', message ? wrapped(message) : []],
    ['profile', profileLines(explanation)],
    ['asked', calls.flatMap(callLines)],
    ['because', [...(isFirstWord ? [verdictLine] : []), ...unique(parts.map(partLine))]],
    ['values', unique(parts.flatMap(valueLines))],
    ['rule', ruleSource === '' ? [] : [ruleSource]],
  ];
}

function profileLines({ profile }: RuleExplanation): readonly string[] {
  if (profile === undefined) return ['none'];
  const { name, status, completion, error, isEnforced, sources, partialBecause = [] } = profile;
  const state = [status, completion, isEnforced ? 'enforced' : 'not enforced'].filter(Boolean);
  return [
    `${name} (${state.join(', ')})`,
    ...(error === undefined ? [] : [error]),
    ...partialBecause.map((reason) => `partial because: ${reason}`),
    ...sources.map(sourceLine),
  ];
}

function sourceLine({ role, object, resourceVersion }: ExplainedSource): string {
  return `${role}: ${object}${resourceVersion === undefined ? '' : `@${resourceVersion}`}`;
}

function callLines({ function: name, arguments: given, ...call }: TracedCall): readonly string[] {
  const { answer, error, matched, nearest } = call;
  const said = error === undefined ? JSON.stringify(answer) : `failed: ${error}`;
  return [
    `${name}(${given.map((each) => JSON.stringify(each)).join(', ')}) = ${said}`,
    ...entryLines('allowed by', matched),
    ...entryLines('most like it:', nearest),
  ];
}

function entryLines(lead: string, entry: ExplainedEntry | undefined): readonly string[] {
  return entry === undefined ? [] : [`  ${lead} ${entry.entry} (${entry.role})`];
}

function partLine({ source, value, error }: TracedExpression): string {
  return `${source} = ${error === undefined ? (value ?? 'not reached') : `failed: ${error}`}`;
}

/** What fields of the event and other names had for a value. */
function valueLines({ source, value, parts }: TracedExpression): readonly string[] {
  const isField = /^\w+\.[\w.]+$/.test(source);
  if (isField) return value === undefined ? [] : [`${source} = ${value}`];
  return parts.flatMap(valueLines);
}

/** A sentence in lines; words are not broken. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of oneLine(text).split(/ +/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= WRAP_AT) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

function shown(text: string): string {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const line = oneLine(text)
    .trim()
    .replace(/ {2,}/g, ' ')
    .replace(/(?<=\() | (?=[).])/g, '')
    .replace(LONG_ID, '$1…');
  const short = line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
  return indent + short;
}
