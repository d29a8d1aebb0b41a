import { AgentError } from '#model/agent-error.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { redactUrl } from '#profile/redact-url.js';
import { EXIT } from '../exit-code.ts';
import { oneLine } from '../one-line.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch redact` is asked for. */
export interface RedactOptions {
  /** The lines to redact: argument vectors as JSON, URLs, or any text. */
  readonly lines: AsyncIterable<string>;
  /** Lines say what is expected of them, and are checked. */
  readonly isTest: boolean;
  readonly terminal: Terminal;
}

/** Stands between a line and what is expected of it. */
const ARROW = ' => ';
/** A URL, the path and query of one, or a share as it is mounted (`//user:password@host/share`). */
const URL_LIKE = /^(?:[a-z][a-z0-9+.-]*:\/\/\S+|\/\S*\?\S*|\/\/[^\s/@]+@\S*)$/i;

/**
 * `hullwatch redact`: prints each line as it would be written into a profile or an alert. With `--test`
 * a line may say `TEXT => EXPECTED`; each that turns out otherwise is printed, and the exit status is 1.
 */
export async function runRedact({ lines, isTest, terminal }: RedactOptions): Promise<number> {
  let checked = 0;
  let failed = 0;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (!isTest) {
      terminal.write(`${redactLine(line)}\n`);
      continue;
    }
    const test = testOf(line);
    if (test === undefined) continue;
    checked += 1;
    const got = redactLine(test.text);
    if (got === test.expected) continue;
    failed += 1;
    terminal.write(
      `line ${number}: ${oneLine(test.text)}\n  expected ${oneLine(test.expected)}\n  got      ${oneLine(got)}\n`,
    );
  }
  if (!isTest) return EXIT.ok;
  if (checked === 0) {
    throw new AgentError(
      'invalid',
      `redact --test: expected lines of the form TEXT${ARROW}EXPECTED`,
    );
  }
  terminal.write(`${checked - failed} of ${checked} lines are redacted as expected\n`);
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/** Comments and empty lines are no tests; a line without an arrow expects to stay as it is. */
function testOf(line: string): { readonly text: string; readonly expected: string } | undefined {
  if (line.trim() === '' || line.startsWith('#')) return undefined;
  const at = line.lastIndexOf(ARROW);
  if (at < 0) return { text: line, expected: line };
  return { text: line.slice(0, at), expected: line.slice(at + ARROW.length) };
}

function redactLine(line: string): string {
  const args = argumentsIn(line);
  if (args !== undefined) return JSON.stringify(redactArguments(args));
  return URL_LIKE.test(line) ? redactUrl(line) : redactText(line);
}

/** The argument vector in a line, when it is a JSON list of texts. */
function argumentsIn(line: string): readonly string[] | undefined {
  if (!line.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}
