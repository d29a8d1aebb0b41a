import type { ReplayOutcome } from '#agent/replay.js';

/** What of a replay's input could not be used, a line each. */
export function problemLines(file: string, outcome: ReplayOutcome): readonly string[] {
  const { recordingProblems, damagedLines, inputProblems } = outcome;
  const lines = recordingProblems.map(({ line, problem }) =>
    line > 0 ? `${file}: line ${line}: ${problem}` : `${file}: ${problem}`,
  );
  const total =
    damagedLines > 0
      ? [
          `${file}: ${damagedLines === 1 ? '1 damaged line was' : `${damagedLines} damaged lines were`} left out, the rest was used`,
        ]
      : [];
  return [...lines, ...total, ...inputProblems];
}
