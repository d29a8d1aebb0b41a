/** What can be wrong with a field, in the words of the API of Kubernetes. */
export type FieldProblemType =
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueRequired'
  | 'FieldValueTooLong'
  | 'FieldValueTypeInvalid';

/** One thing that is wrong with an object: a cause of a Status with reason `Invalid`. */
export interface FieldProblem {
  /** Dotted path, for example `spec.execs[3].path`. */
  readonly field: string;
  readonly type: FieldProblemType;
  /** As Kubernetes words it, without the path, for example `Required value`. */
  readonly message: string;
}

const LONGEST_QUOTE = 80;

/** A value in a message: short whatever it is, and in constant time. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return '"array"';
  if (typeof value === 'object' && value !== null) return '"object"';
  if (typeof value !== 'string') return String(value);
  const end = value.length > LONGEST_QUOTE ? '…' : '';
  return JSON.stringify(value.slice(0, LONGEST_QUOTE) + end);
}
