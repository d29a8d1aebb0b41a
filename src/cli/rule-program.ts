import { Option } from 'commander';
import type { Flags, Parts } from './program-parts.ts';
import { REPORT_FORMATS, type ReportFormat } from './rules/report-format.ts';

interface ReportFlags extends Flags {
  readonly output: ReportFormat;
}

/** Adds `hullwatch rules` and its commands. */
export function addRules({ root, terminal, act }: Parts): void {
  const rules = root
    .command('rules')
    .description('test rules, and look for what is wrong with them');
  rules
    .command('test')
    .description('run tests of rules: an event, a profile, and what is to come of it')
    .argument('<files...>', 'tests, YAML or JSON, files or folders')
    .addOption(reportOption())
    .action(
      act(async (paths: readonly string[], { output }: ReportFlags) => {
        const { runRulesTest } = await import('./commands/rules-test.ts');
        return runRulesTest({ paths, format: output, terminal });
      }),
    );
  rules
    .command('lint')
    .description(
      'find expressions that do not compile, names that do not exist, rules that cannot be true',
    )
    .argument('<files...>', 'rules or tests of rules, YAML or JSON, files or folders')
    .option('--strict', 'warnings count like errors')
    .addOption(reportOption())
    .action(
      act(async (paths: readonly string[], { output, ...flags }: ReportFlags) => {
        const { runRulesLint } = await import('./commands/rules-lint.ts');
        const isStrict = flags['strict'] === true;
        return runRulesLint({ paths, isStrict, format: output, terminal });
      }),
    );
}

function reportOption(): Option {
  return new Option('-o, --output <format>', 'how to print')
    .choices(REPORT_FORMATS)
    .default('text');
}
