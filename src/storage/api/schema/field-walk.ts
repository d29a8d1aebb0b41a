import { type FieldProblem, type FieldProblemType, quoted } from './field-problem.ts';

const LONGEST_KEY = 80;
const LONGEST_PATH = 512;
const MOST_PROBLEMS = 32;

/**
 * Where a check stands in an object, and what it found. The path is only spelled out for what is
 * wrong, as a profile has thousands of fields. After 32 problems no more are kept.
 */
export class FieldWalk {
  readonly problems: FieldProblem[] = [];
  readonly #path: (string | number)[] = [];

  /** Whether enough is wrong: whoever walks may stop. */
  get isFull(): boolean {
    return this.problems.length >= MOST_PROBLEMS;
  }

  /** Does `look` one step deeper: at a property, or at an item of a list. */
  within(step: string | number, look: () => void): void {
    this.#path.push(step);
    look();
    this.#path.pop();
  }

  /** The path of where the walk stands, and of one step deeper if there is one. */
  field(step?: string | number): string {
    const steps = step === undefined ? this.#path : [...this.#path, step];
    const path = steps.map((one, i) => stepText(one, i === 0)).join('');
    return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path;
  }

  /** Notes a problem. The value, when given, is quoted in front of the message. */
  add(type: FieldProblemType, message: string, step?: string | number): void {
    if (!this.isFull) this.problems.push({ field: this.field(step), type, message });
  }

  /** Notes that the value here is not allowed. */
  invalid(value: unknown, detail: string): void {
    this.add('FieldValueInvalid', `Invalid value: ${quoted(value)}: ${detail}`);
  }

  /** Notes that the value of a property is not allowed; nothing when it has no flaw. */
  flawed(property: string, value: string, flaw: string | undefined): void {
    if (flaw !== undefined) this.within(property, () => this.invalid(value, flaw));
  }
}

function stepText(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  const key = step.length > LONGEST_KEY ? `${step.slice(0, LONGEST_KEY)}…` : step;
  if (!/^[\w-]+…?$/.test(key)) return `[${key}]`;
  return isFirst ? key : `.${key}`;
}
