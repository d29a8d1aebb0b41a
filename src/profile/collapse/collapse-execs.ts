import type { ExecCall } from '#model/profile.js';
import { ANY_ARGUMENTS } from '../exec-args.ts';
import { sortedUnique } from '../list-merge.ts';
import { ONE_SEGMENT } from '../path-pattern.ts';
import { compareBytes } from './byte-order.ts';
import { collapseArguments, collapseFirstArgument } from './collapse-arguments.ts';
import type { CollapseSettings } from './collapse-settings.ts';
import {
  compareVectors,
  type ExecVector,
  uniqueVectors,
  vectorKey,
  withoutCovered,
} from './exec-vectors.ts';
import { PathThresholds } from './path-thresholds.ts';

/**
 * One entry for each program and argument vector, by path and arguments in byte order; environment names of what
 * became one entry are united. For each path, with the threshold of the longest prefix that has it:
 *
 * 1. Entries without arguments, and those that insist on theirs, stay as they are.
 * 2. What another entry covers goes into that.
 * 3. More different `argv[0]` than the threshold become patterns by the form of their path, or `⋯`.
 * 4. More different values than the threshold behind one beginning of vectors of one length become `⋯`.
 * 5. More vectors left than the threshold become `[argv[0], ⋯⋯]`: any arguments.
 *
 * Doing it again changes nothing. Source: AnalyzeExecs of the public storage component; that one does 2 after 3.
 */
export function collapseExecs(
  execs: readonly ExecCall[],
  settings: Pick<CollapseSettings, 'execThreshold' | 'prefixes'>,
): readonly ExecCall[] {
  const thresholds = new PathThresholds(settings.execThreshold, settings.prefixes);
  const byPath = Map.groupBy(execs, ({ path }) => path ?? '');
  return [...byPath]
    .sort(([a], [b]) => compareBytes(a, b))
    .flatMap(([path, ofPath]) => collapseProgram(path, ofPath, thresholds.thresholdOf(path)));
}

function collapseProgram(
  path: string,
  execs: readonly ExecCall[],
  threshold: number,
): readonly ExecCall[] {
  const isFixed = ({ args, argsRequired }: ExecCall) => argsRequired || !args || args.length === 0;
  const fixed = uniqueFixed(execs.filter(isFixed));
  let vectors = uniqueVectors(execs.filter((exec) => !isFixed(exec)).map(vectorOf));
  for (;;) {
    const next = onePass(vectors, threshold);
    const isSettled =
      next.length === vectors.length &&
      next.every(({ args }, i) => compareVectors(args, vectors[i]?.args ?? []) === 0);
    vectors = next;
    if (isSettled) break;
  }
  const collapsed = vectors.map(({ args, envs }) => entryOf({ path, args }, envs));
  return [...fixed.map((exec) => entryOf(exec, new Set(exec.envs))), ...collapsed].sort(
    (a, b) =>
      compareVectors(a.args ?? [], b.args ?? []) ||
      Number(a.argsRequired ?? false) - Number(b.argsRequired ?? false),
  );
}

function onePass(vectors: readonly ExecVector[], threshold: number): readonly ExecVector[] {
  const shaped = collapseFirstArgument(withoutCovered(vectors), threshold);
  const counted = withoutCovered(uniqueVectors(shaped));
  const left = withoutCovered(uniqueVectors(collapseArguments(counted, threshold)));
  return left.length > threshold ? withAnyArguments(left) : left;
}

function withAnyArguments(vectors: readonly ExecVector[]): readonly ExecVector[] {
  const open = vectors.map(({ args, envs }) => {
    const [first = ONE_SEGMENT] = args;
    return { args: first === ANY_ARGUMENTS ? [first] : [first, ANY_ARGUMENTS], envs };
  });
  return withoutCovered(uniqueVectors(open));
}

function vectorOf({ args, envs }: ExecCall): ExecVector {
  return { args: args ?? [], envs: new Set(envs) };
}

/** Entries that stay: once each, environment names united. */
function uniqueFixed(execs: readonly ExecCall[]): readonly ExecCall[] {
  const byKey = Map.groupBy(execs, ({ args, argsRequired }) =>
    vectorKey([String(argsRequired ?? false), ...(args ?? [])]),
  );
  return [...byKey.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => ({ ...first, envs: group.flatMap(({ envs }) => envs ?? []) })),
  );
}

function entryOf({ path, args, argsRequired }: ExecCall, envs: ReadonlySet<string>): ExecCall {
  return {
    path,
    ...(args && args.length > 0 && { args }),
    ...(envs.size > 0 && { envs: sortedUnique(envs) }),
    ...(argsRequired && { argsRequired }),
  };
}
