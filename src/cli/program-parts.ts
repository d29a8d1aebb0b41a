import { type Command, Option } from 'commander';
import type { Terminal } from './terminal.ts';

/** The flags of a command, as they were given. */
export type Flags = Readonly<Record<string, unknown>>;

/** Makes a command's action of work that gives its exit status. */
export type Act = (
  work: (...given: never[]) => Promise<number>,
) => (...given: unknown[]) => Promise<void>;

/** What every command is added with. */
export interface Parts {
  readonly root: Command;
  readonly terminal: Terminal;
  /** Makes an action that keeps the exit status. */
  readonly act: Act;
}

/** `-o text|json`. */
export function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print')
    .choices(['text', 'json'])
    .default('text');
}

/** A form in which alerts are printed. */
export type AlertOutput = 'json' | 'ocsf' | 'pretty';

/** How alerts are printed. */
export function outputOption(): Option {
  return new Option(
    '-o, --output <format>',
    'alerts as JSON lines, as OCSF detection findings, or told to a person with what led to them',
  )
    .choices(['json', 'ocsf', 'pretty'])
    .default('json');
}

/** What {@link outputOption} was given. */
export function outputOf(flags: Flags): AlertOutput {
  return flags['output'] as AlertOutput;
}

/** Gathers an option that may be repeated. */
export function append(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
