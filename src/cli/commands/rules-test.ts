import { loadTestFiles } from '#agent/rule-tests/load-test-file.js';
import type { RuleTestResult } from '#agent/rule-tests/rule-test-result.js';
import { runTestFile } from '#agent/rule-tests/run-test-file.js';
import { AgentError } from '#model/agent-error.js';
import { EXIT } from '../exit-code.ts';
import { openedTextFiles } from '../rules/opened-text-files.ts';
import type { ReportFormat } from '../rules/report-format.ts';
import { printedTests } from '../rules/test-report.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch rules test` is asked for. */
export interface RulesTestOptions {
  /** Files of tests, and folders with some. */
  readonly paths: readonly string[];
  readonly format: ReportFormat;
  readonly terminal: Terminal;
}

/**
 * `hullwatch rules test`: runs tests of rules and prints how each went. Settles with 0 when all went as
 * expected, 1 when one did not, 2 when a file could not be used; the others are still run.
 */
export async function runRulesTest({ paths, format, terminal }: RulesTestOptions): Promise<number> {
  const results: RuleTestResult[] = [];
  const unusable: string[] = [];
  for (const path of paths) {
    for (const loaded of await loadTestFiles(path, openedTextFiles)) {
      if (loaded instanceof AgentError) unusable.push(loaded.message);
      else results.push(...(await runTestFile(loaded)));
    }
  }
  terminal.write(printedTests({ results, unusable, hasColour: terminal.hasColour }, format));
  for (const message of unusable) terminal.writeError(`hullwatch: ${message}\n`);
  if (unusable.length > 0) return EXIT.unusable;
  return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}
