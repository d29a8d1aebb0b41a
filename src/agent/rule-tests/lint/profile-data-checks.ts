import type { ExpressionNode } from '#cel/expression-tree.js';
import { PROFILE_SURFACES, type ProfileSurface } from '#model/profile-needs.js';
import { isRecord } from '#profile/is-record.js';
import { PROFILE_FUNCTIONS } from '#rules/profile-functions.js';
import { callsIn } from './expression-checks.ts';
import { literalOf } from './expression-shapes.ts';
import type { CheckedExpression, Report, WrittenRule } from './lint-subject.ts';

const DEPENDENCIES: readonly unknown[] = [0, 1, 2];
const WHERE = ['profileDataRequired'];

/** A question that an expression asks of the profile. */
interface Asked {
  readonly name: string;
  readonly surface: ProfileSurface;
  /** What it asks for, when that is written out. */
  readonly literal: string | undefined;
  readonly from: CheckedExpression;
  readonly offset: number;
}

/** Reports declarations that say nothing, whatever the rule's expressions are. */
export function checkDeclarations(rule: WrittenRule, report: Report): void {
  const { profileDependency: dependency, profileDataRequired: declared } = rule;
  if (!DEPENDENCIES.includes(dependency)) {
    const message = `profileDependency: expected 0 (required), 1 (optional) or 2 (not required), got ${JSON.stringify(dependency) ?? 'nothing'}`;
    report('profile-dependency', message, { field: ['profileDependency'] });
  }
  if (!isRecord(declared)) return;
  const surfaces = Object.entries(declared);
  if (surfaces.length === 0 && dependency !== 2) {
    const message = 'profileDataRequired: expected at least one surface, or to be left out';
    report('profile-data-empty', message, { field: WHERE });
  }
  for (const [surface, selectors] of surfaces) {
    if (!Array.isArray(selectors) || selectors.length > 0) continue;
    const message = `profileDataRequired.${surface}: expected all, or at least one selector`;
    report('profile-data-empty', message, { field: [...WHERE, surface] });
  }
}

/** Reports questions to the profile that it cannot answer from what is declared. */
export function checkQuestions(
  expressions: readonly CheckedExpression[],
  rule: WrittenRule,
  report: Report,
): void {
  const declared = declarationsOf(rule);
  for (const question of expressions.flatMap(questionsIn)) {
    const problem = lacking(question, declared[question.surface]);
    if (problem === undefined) continue;
    const { name, from, offset } = question;
    report('profile-data-missing', `${name}: ${problem}`, { field: from.field, offset });
  }
}

/** Reports what is declared and never asked, and a dependency that says otherwise. */
export function checkUse(
  expressions: readonly CheckedExpression[],
  rule: WrittenRule,
  report: Report,
): void {
  const declared = declarationsOf(rule);
  const surfaces = PROFILE_SURFACES.filter((surface) => declared[surface] !== undefined);
  const asked = new Set<string>(expressions.flatMap(questionsIn).map(({ surface }) => surface));
  for (const surface of surfaces.filter((each) => !asked.has(each))) {
    const message = `profileDataRequired.${surface}: no expression asks for it`;
    report('profile-data-unused', message, { field: [...WHERE, surface] });
  }
  checkDependency(rule, { asksProfile: asked.size > 0, declares: surfaces.length > 0 }, report);
}

function declarationsOf({ profileDataRequired }: WrittenRule): Readonly<Record<string, unknown>> {
  return isRecord(profileDataRequired) ? profileDataRequired : {};
}

function checkDependency(
  { profileDependency: dependency, supportPolicy }: WrittenRule,
  { asksProfile, declares }: { readonly asksProfile: boolean; readonly declares: boolean },
  report: Report,
): void {
  const told = (message: string) =>
    report('profile-dependency-unused', `profileDependency: ${message}`, {
      field: ['profileDependency'],
    });
  if (dependency === 2 && asksProfile)
    told('2 (not required), but the expressions ask the profile');
  else if (dependency === 2 && declares) told('2 (not required), but profile data is declared');
  const isWithout = !asksProfile && supportPolicy !== true;
  if ((dependency === 0 || dependency === 1) && isWithout) {
    told(`${dependency}, but neither expressions nor policy ask the profile; expected 2`);
  }
}

function questionsIn(from: CheckedExpression): readonly Asked[] {
  return callsIn(from).flatMap(({ name, values, offset }) => {
    const [, method] = /^(?:cp|ap|nn)\.(.+)$/.exec(name) ?? [];
    const known = PROFILE_FUNCTIONS.find((each) => each.name === method);
    if (known === undefined) return [];
    const literal = values[1] && textOf(values[1]);
    return [{ name, surface: known.surface, literal, from, offset }];
  });
}

function textOf(node: ExpressionNode): string | undefined {
  const literal = literalOf(node);
  return typeof literal === 'string' ? literal : undefined;
}

/** Why a question cannot be answered from what is declared of its surface; undefined when it can. */
function lacking({ name, surface, literal }: Asked, declared: unknown): string | undefined {
  if (declared === undefined) return `profileDataRequired does not declare ${surface}`;
  if (declared === 'all' || !Array.isArray(declared) || declared.length === 0) return undefined;
  const selectors = declared.filter(isRecord);
  const kind = /_with_(prefix|suffix)$/.exec(name)?.[1];
  if (kind !== undefined) {
    const isDeclared = literal === undefined || selectors.some((each) => each[kind] === literal);
    if (isDeclared) return undefined;
    return `always answers false: ${surface} does not declare {${kind}: ${JSON.stringify(literal)}}`;
  }
  if (literal === undefined || selectors.some((each) => selects(each, literal))) return undefined;
  return `no selector declared for ${surface} selects ${JSON.stringify(literal)}, so that only a pattern of a profile can allow it`;
}

function selects(selector: Readonly<Record<string, unknown>>, text: string): boolean {
  const { exact, prefix, suffix, contains } = selector;
  if (typeof exact === 'string') return exact === text;
  if (typeof prefix === 'string') return text.startsWith(prefix);
  if (typeof suffix === 'string') return text.endsWith(suffix);
  return typeof contains === 'string' && text.includes(contains);
}
