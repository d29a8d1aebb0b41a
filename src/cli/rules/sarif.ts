import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENT_VERSION } from '#agent/version.js';

/** A kind of thing that results can be. */
export interface SarifRule {
  readonly id: string;
  readonly about: string;
  readonly level: 'error' | 'warning';
}

/** One thing found. */
export interface SarifResult {
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note' | 'none';
  /** Absent: `fail`. */
  readonly kind?: 'pass' | 'fail';
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const INFORMATION = 'https://github.com/hullwatch/hullwatch';

/** A log in the Static Analysis Results Interchange Format 2.1.0 (OASIS), with one run. */
export function sarifReport(
  rules: readonly SarifRule[],
  results: readonly SarifResult[],
  isComplete: boolean,
): string {
  const index = new Map(rules.map(({ id }, at) => [id, at]));
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hullwatch',
            version: AGENT_VERSION,
            informationUri: INFORMATION,
            rules: rules.map(({ id, about, level }) => ({
              id,
              shortDescription: { text: about },
              defaultConfiguration: { level },
            })),
          },
        },
        invocations: [{ executionSuccessful: isComplete }],
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => ({
          ruleId: result.ruleId,
          ruleIndex: index.get(result.ruleId) ?? -1,
          kind: result.kind ?? 'fail',
          level: result.level,
          message: { text: result.message.toWellFormed() },
          locations: [{ physicalLocation: location(result) }],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function location({ file, line, column }: SarifResult) {
  const region =
    line === undefined ? {} : { startLine: line, ...(column && { startColumn: column }) };
  return {
    artifactLocation: { uri: uriOf(file) },
    ...(line !== undefined && { region }),
  };
}

/** Relative paths stay relative, so that a service that shows the log finds them in its checkout. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join('/');
}
