import { execFile } from 'node:child_process';
import { type ProgramReport, parseProgramReport } from './frame-ready.ts';
import type { Check } from './machine-probe.ts';
import { judgeSkipped, typesNotTold } from './program-surfaces.ts';
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
  const running = new Set(report.programs);
  return [
    ...report.programs.map((program) => ({ name: nameOf(program), ok: true, detail: 'loads' })),
    ...report.skipped.map((skipped) => checkSkipped(skipped, running)),
    checkEvents(running),
  ];
}

/** All of it in one line. */
function checkEvents(running: ReadonlySet<string>): Check {
  const name = 'types of events';
  const missing = typesNotTold(running);
  if (missing.length === 0) return { name, ok: true, detail: 'all of them are told' };
  const fix = 'see the programs above';
  return { name, ok: 'unknown', detail: `not told here: ${missing.join(', ')}`, fix };
}

/** A program that does not run, and what that means: nothing, less than could be told, or no sensor. */
function checkSkipped(
  { program, reason }: ProgramReport['skipped'][number],
  running: ReadonlySet<string>,
): Check {
  const { isEssential, isNeedless, meaning } = judgeSkipped(program, running);
  const name = nameOf(program);
  const detail = `${reason}: ${meaning}`;
  if (isEssential) {
    return { name, ok: false, detail, fix: 'a kernel that has it: the sensor needs this program' };
  }
  if (isNeedless) return { name, ok: true, detail };
  return { name, ok: 'unknown', detail, fix: 'a kernel that has it, if that is to be seen' };
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
