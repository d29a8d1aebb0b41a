import { lintFiles } from '#agent/rule-tests/lint/lint-files.js';
import { EXIT } from '../exit-code.ts';
import { printedFindings } from '../rules/lint-report.ts';
import { openedTextFiles } from '../rules/opened-text-files.ts';
import type { ReportFormat } from '../rules/report-format.ts';
import type { Terminal } from '../terminal.ts';

/** What `hullwatch rules lint` is asked for. */
export interface RulesLintOptions {
  /** Manifests of rules and files of tests, and folders with some. */
  readonly paths: readonly string[];
  /** Warnings count like errors. */
  readonly isStrict: boolean;
  readonly format: ReportFormat;
  readonly terminal: Terminal;
}

/**
 * `hullwatch rules lint`: prints what is wrong with rules and where. Settles with 0 when nothing is, 1 when
 * there is an error (strict: a warning), 2 when a file could not be used.
 */
export async function runRulesLint(options: RulesLintOptions): Promise<number> {
  const { paths, isStrict, format, terminal } = options;
  const report = await lintFiles(paths, openedTextFiles);
  terminal.write(printedFindings(report, format, terminal.hasColour));
  if (report.unusable.length > 0) return EXIT.unusable;
  const isBad = report.findings.some(({ level }) => isStrict || level === 'error');
  return isBad ? EXIT.failed : EXIT.ok;
}
