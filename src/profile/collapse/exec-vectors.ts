import { ANY_ARGUMENTS, matchesArgument } from '../exec-args.ts';
import { ONE_SEGMENT } from '../path-pattern.ts';
import { coversItems, type TokenRules } from '../wildcard-walk.ts';
import { compareBytes } from './byte-order.ts';

/** An argument vector of a program with the environment names seen beside it. */
export interface ExecVector {
  readonly args: readonly string[];
  readonly envs: ReadonlySet<string>;
}

/** A key by which equal vectors are found, whatever their arguments hold. */
export function vectorKey(args: readonly string[]): string {
  return JSON.stringify(args);
}

/** Negative, zero or positive: argument by argument in byte order, a beginning before what goes on. */
export function compareVectors(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const order = compareBytes(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Equal vectors joined into one, in order. */
export function uniqueVectors(vectors: readonly ExecVector[]): readonly ExecVector[] {
  const byKey = Map.groupBy(vectors, ({ args }) => vectorKey(args));
  return [...byKey.values()]
    .map((group) => ({
      args: group[0]?.args ?? [],
      envs: new Set(group.flatMap(({ envs }) => [...envs])),
    }))
    .sort((a, b) => compareVectors(a.args, b.args));
}

/**
 * The vectors without those that another covers, whose environment names go to the first that does. Takes
 * vectors that are unique and in order, and gives such.
 */
export function withoutCovered(vectors: readonly ExecVector[]): readonly ExecVector[] {
  const patterns = vectors.filter(({ args }) => isVectorPattern(args));
  if (patterns.length === 0) return vectors;
  const kept = new Map<ExecVector, Set<string>>();
  const covered: ExecVector[] = [];
  for (const vector of vectors) {
    if (patterns.some((pattern) => isAbove(pattern, vector))) covered.push(vector);
    else kept.set(vector, new Set(vector.envs));
  }
  const coverers = patterns.filter((pattern) => kept.has(pattern));
  for (const vector of covered) {
    const coverer = coverers.find((pattern) => isAbove(pattern, vector));
    const envs = coverer && kept.get(coverer);
    for (const env of vector.envs) envs?.add(env);
  }
  return [...kept].map(([{ args }, envs]) => ({ args, envs }));
}

/** True when some argument is a pattern. */
export function isVectorPattern(args: readonly string[]): boolean {
  return args.some((arg) => arg.includes(ONE_SEGMENT));
}

const VECTORS: TokenRules = { any: ANY_ARGUMENTS, matches: coversArgument };

/** Whether everything that `covered` stands for is covered by `pattern` as well. */
export function coversVector(pattern: readonly string[], covered: readonly string[]): boolean {
  const isOpen = pattern.includes(ANY_ARGUMENTS);
  return (isOpen || pattern.length === covered.length) && coversItems(pattern, covered, VECTORS);
}

/** The same, and of two that cover each other only the first. */
function isAbove(pattern: ExecVector, vector: ExecVector): boolean {
  if (pattern === vector || !coversVector(pattern.args, vector.args)) return false;
  return !coversVector(vector.args, pattern.args) || compareVectors(pattern.args, vector.args) < 0;
}

/** What stands for any number of arguments is covered by nothing that stands for one. */
function coversArgument(token: string, arg: string): boolean {
  return arg !== ANY_ARGUMENTS && matchesArgument(token, arg);
}
