import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import { type Clock, systemClock } from '#runtime/clock.js';
import { type AskAgent, agentAt } from '../containers/agent-client.ts';
import { EXIT } from '../exit-code.ts';
import { alertHeading } from '../explain/alert-heading.ts';
import { explanationText } from '../explain/explanation-text.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch explain` is asked for. */
export interface ExplainOptions {
  /** The option `http` of the agent that is asked. */
  readonly http: string;
  /** An alert's idempotency key or the beginning of one. */
  readonly alert?: string | undefined;
  /** JSON of an event in the words that rules use. */
  readonly event?: string | undefined;
  /** The container in which it happens: its id or the beginning of it. */
  readonly container?: string | undefined;
  /** Only this rule. */
  readonly rule?: string | undefined;
  readonly output: 'text' | 'json';
  readonly terminal: Terminal;
  /** The machine's clock when absent. */
  readonly clock?: Clock;
}

/**
 * `hullwatch explain`: why an alert was raised, or what each rule makes of an event and why. Rejects with `invalid`
 * when neither or both are asked for, and as the agent does.
 */
export async function runExplain(options: ExplainOptions): Promise<number> {
  const { http, output, terminal, clock = systemClock } = options;
  const question = questionOf(options);
  const ask = agentAt(http, clock);
  const path = '/api/v1/explain';
  const { text, object } = await untilStopped((signal) => ask(path, signal, question));
  if (output === 'json') {
    terminal.write(text);
    return EXIT.ok;
  }
  const { items } = object as { readonly items?: readonly RuleExplanation[] };
  if (!Array.isArray(items)) {
    throw new AgentError('unavailable', 'what the agent sent is not an explanation');
  }
  if (items.length === 0) terminal.writeError('no rule is about such events\n');
  terminal.write((await headingOf(options, ask)) + explanationText(items, terminal.hasColour));
  return EXIT.ok;
}

/** Empty where no alert is asked for, and when it was forgotten in the meantime. */
async function headingOf({ alert }: ExplainOptions, ask: AskAgent): Promise<string> {
  if (alert === undefined) return '';
  const path = `/api/v1/alerts/${encodeURIComponent(alert)}`;
  const answer = await untilStopped((signal) => ask(path, signal)).catch(() => undefined);
  return answer === undefined ? '' : alertHeading(answer.object as Alert);
}

function questionOf({ alert, event, container, rule }: ExplainOptions): object {
  if (alert !== undefined && event === undefined) return { alert };
  if (alert !== undefined || event === undefined || container === undefined) {
    const expected = "expected an alert's key, or --event and --container";
    throw new AgentError('invalid', `explain: ${expected}`);
  }
  return { event: parsed(event), container, ...(rule !== undefined && { rule }) };
}

function parsed(event: string): unknown {
  try {
    return JSON.parse(event);
  } catch (cause) {
    const example = '{"type": "exec", "exepath": "/bin/sh", "comm": "sh", "args": ["sh"]}';
    throw new AgentError('invalid', `--event: expected JSON such as ${example}`, { cause });
  }
}
