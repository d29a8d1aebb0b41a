import type { TracedCall, TracedExpression } from '#model/rule-decision.js';
import { redactArguments, redactText } from '#profile/redact.js';

/** The expression with secrets redacted in every value. */
export function redactedExpression(part: TracedExpression): TracedExpression {
  const { value, error } = part;
  return {
    ...part,
    ...(value !== undefined && { value: redactedJson(value) }),
    ...(error !== undefined && { error: redactText(error) }),
    parts: part.parts.map(redactedExpression),
  };
}

/** The call with secrets redacted in what it was given and what it gave. */
export function redactedCall(call: TracedCall): TracedCall {
  const { arguments: given, answer, error } = call;
  return {
    ...call,
    arguments: given.map(redacted),
    ...(answer !== undefined && { answer: redacted(answer) }),
    ...(error !== undefined && { error: redactText(error) }),
  };
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (!Array.isArray(value)) return value;
  return value.every((each) => typeof each === 'string')
    ? redactArguments(value)
    : value.map(redacted);
}

/** Of JSON that was cut off, as of a text. */
function redactedJson(text: string): string {
  if (!/^["[{]/.test(text)) return text;
  try {
    return JSON.stringify(redacted(JSON.parse(text)));
  } catch {
    return redactText(text);
  }
}
