import { ANY_ARGUMENTS, matchesExecArgs } from '../exec-args.ts';
import { isPattern, ONE_SEGMENT } from '../path-pattern.ts';
import { compareBytes } from './byte-order.ts';
import type { ExecVector } from './exec-vectors.ts';
import { PathAnalyzer } from './path-analyzer.ts';
import { PathThresholds } from './path-thresholds.ts';

/** At 1 paths become `*`, which stands for nothing in an argument. */
const MIN_PATH_THRESHOLD = 2;

/**
 * The vectors with more than `threshold` different `argv[0]` made patterns: by the form of their path where they
 * have one in common (`/tmp/⋯/run.sh`), or all `⋯` when too many are left.
 */
export function collapseFirstArgument(
  vectors: readonly ExecVector[],
  threshold: number,
): readonly ExecVector[] {
  const firsts = [...new Set(vectors.map(({ args }) => args[0] ?? ''))].sort(compareBytes);
  if (firsts.length <= threshold) return vectors;
  const forms = pathForms(firsts, threshold);
  const isTooMany = new Set(forms.values()).size > threshold;
  return vectors.map(({ args: [first = '', ...rest], envs }) => {
    if (first === ANY_ARGUMENTS) return { args: [first, ...rest], envs };
    return { args: [isTooMany ? ONE_SEGMENT : (forms.get(first) ?? first), ...rest], envs };
  });
}

/**
 * The vectors with an argument made `⋯` wherever vectors of one length that begin alike go on with more than
 * `threshold` different ones, or with a `⋯` already. Those with `⋯⋯` stay as they are.
 */
export function collapseArguments(
  vectors: readonly ExecVector[],
  threshold: number,
): readonly ExecVector[] {
  const [open, plain] = [
    vectors.filter(({ args }) => args.includes(ANY_ARGUMENTS)),
    vectors.filter(({ args }) => !args.includes(ANY_ARGUMENTS)),
  ];
  const alike = Map.groupBy(plain, ({ args }) => JSON.stringify([args.length, args[0]]));
  return [...open, ...[...alike.values()].flatMap((group) => collapseGroup(group, threshold))];
}

function pathForms(paths: readonly string[], threshold: number): ReadonlyMap<string, string> {
  const thresholds = new PathThresholds(Math.max(threshold, MIN_PATH_THRESHOLD), []);
  const analyzer = new PathAnalyzer(thresholds);
  for (const path of paths) analyzer.analyze(path, '');
  return new Map(
    paths.map((path) => {
      const form = analyzer.analyze(path, '');
      if (!isPattern(form)) return [path, path];
      return [path, matchesExecArgs([form], [path]) ? form : ONE_SEGMENT];
    }),
  );
}

/** Argument by argument; vectors that began alike until then stand in one group. */
function collapseGroup(vectors: readonly ExecVector[], threshold: number): readonly ExecVector[] {
  const length = vectors[0]?.args.length ?? 0;
  const results = vectors.map(({ args, envs }) => ({ args: [...args], envs }));
  let groups = [results];
  for (let i = 1; i < length; i += 1) {
    groups = groups.flatMap((group) => {
      const byValue = Map.groupBy(group, ({ args }) => args[i] ?? '');
      if (byValue.size <= threshold && !byValue.has(ONE_SEGMENT)) return [...byValue.values()];
      for (const { args } of group) args[i] = ONE_SEGMENT;
      return [group];
    });
  }
  return results;
}
