import { execFile } from 'node:child_process';
import { parseProgramReport } from './frame-ready.ts';
import type { Check } from './machine-probe.ts';
import type { SensorFiles } from './sensor-files.ts';

/** Trying all programs takes about a second. */
const BUDGET_MS = 60_000;

/** Has the loader try each program; one check a program, or one that says why that was not possible. */
export async function checkPrograms(files: SensorFiles): Promise<readonly Check[]> {
  const { output, problem } = await runCheck(files);
  const report = problem === undefined ? parseProgramReport(output) : undefined;
  if (!report) {
    const detail = problem ?? 'the loader’s answer cannot be understood';
    const fix = 'npm run build:sensor, and see the other checks';
    return [{ name: 'programs', ok: false, detail, fix }];
  }
  return [
    ...report.programs.map((program) => ({ name: nameOf(program), ok: true, detail: 'loads' })),
    ...report.skipped.map(({ program, reason }) => ({
      name: nameOf(program),
      ok: false,
      detail: reason,
      fix: 'a kernel that has it; what it would have told is not seen here',
    })),
  ];
}

function nameOf(program: string): string {
  return `program ${program}`;
}

interface Answer {
  readonly output: string;
  /** Why there is no output. */
  readonly problem?: string;
}

function runCheck({ loaderPath, objectPath }: SensorFiles): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { timeout: BUDGET_MS, killSignal: 'SIGKILL' } as const;
    execFile(loaderPath, [objectPath, '--check'], options, (error, output, words) => {
      if (error) resolve({ output: '', problem: words.trim() || error.message });
      else resolve({ output });
    });
  });
}
