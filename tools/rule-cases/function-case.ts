import { type Converted, flat, surroundings } from './rule-case.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A part of a profile as the public system projects it. */
interface ProjectedSurface {
  readonly All: boolean;
  readonly Values: readonly string[];
  readonly Patterns: readonly string[];
  readonly PrefixHits: Readonly<Record<string, boolean>>;
  readonly SuffixHits: Readonly<Record<string, boolean>>;
}

/** A case of a function or of an expression. */
export interface FunctionCase {
  readonly id: string;
  readonly function: string;
  readonly args: readonly unknown[];
  readonly expected?: unknown;
  readonly expectedError?: string;
  readonly profile?: Fields;
  readonly profileContainerId?: string;
  readonly projectedProfile?: Readonly<Record<string, ProjectedSurface>>;
  readonly noProfile?: boolean;
  readonly vars?: Fields;
  readonly event?: { readonly type: string; readonly fields: Fields; readonly variables?: Fields };
  readonly steps?: unknown;
  readonly context?: {
    readonly containers?: Readonly<Record<string, { readonly name: string }>>;
    readonly podSpec?: Fields | null;
    readonly pods?: Fields;
    readonly objectCache?: null;
  };
}

const NAMESPACES = /^(?:cp|ap|nn|net|parse|k8s|process)\./;

/** The test for a case, by a rule that asks for it, or why there is none. */
export function convertFunctionCase(given: FunctionCase, index: number): Converted | string {
  if (given.steps !== undefined) return `${given.function}: its steps are not those of events`;
  if (given.context?.objectCache === null) return 'an engine without profiles: ours has none such';
  const conditions = conditionsOf(given);
  if (typeof conditions === 'string') return conditions;
  const id = `C${String(index).padStart(4, '0')}`;
  const { type, fields, variables } = eventOf(given);
  const profile = profileOf(given);
  if (typeof profile === 'string') return profile;
  return {
    rule: {
      ...{ enabled: true, id, name: given.id, description: given.function },
      ...{ profileDependency: 1, severity: 1, tags: ['context:kubernetes'] },
      ...profile.declared,
      expressions: {
        ...{ message: "''", uniqueId: "''" },
        ruleExpression: conditions.map((expression) => ({ eventType: type, expression })),
      },
    },
    test: {
      ...{ name: `${given.id} (${index})`, rule: id, profile: profile.spec },
      ...worldOf(given),
      event: flat({ type, fields, ...(variables && { variables }) }),
      expect: expectationOf(given),
    },
  };
}

/** An error says where it is, or at least something. */
function expectationOf({ expected, expectedError }: FunctionCase) {
  if (expectedError === undefined) {
    return { verdict: typeof expected === 'boolean' ? expected : true };
  }
  return { error: expectedError === 'compile' ? 'line 1' : ' ' };
}

/** The expressions that ask what a case asks; what is not a truth value is compared. */
function conditionsOf(given: FunctionCase): readonly string[] | string {
  const { function: name, args, expected } = given;
  if (name === 'operator.EvaluateRuleWithContext') {
    return (args[0] as readonly { readonly expression: string }[]).map(
      ({ expression }) => expression,
    );
  }
  const expression = expressionOf(given);
  if (expression === undefined) return `${name}: not a function of rules`;
  const isTruth = typeof expected === 'boolean' || expected === undefined;
  return [isTruth ? expression : `(${expression}) == ${literal(expected)}`];
}

function expressionOf({ function: name, args, vars = {} }: FunctionCase): string | undefined {
  if (name === 'NormalizePath') return 'event.path';
  if (name.startsWith('event.')) return name;
  if (name === 'cel.eval' || name === 'cel.evalEvent') return written(String(args[0]), vars);
  return NAMESPACES.test(name) ? `${name}(${args.map(literal).join(', ')})` : undefined;
}

/** Variables as what they are, outside of texts: rules have no variables of their own. */
function written(expression: string, vars: Fields): string {
  return expression.replace(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![.\w])[A-Za-z_]\w*/g,
    (token) => (Object.hasOwn(vars, token) ? literal(vars[token]) : token),
  );
}

function literal(value: unknown): string {
  return JSON.stringify(value);
}

interface GivenProfile {
  readonly spec: Fields | null;
  readonly declared: Fields;
}

function profileOf({ profile, projectedProfile, noProfile }: FunctionCase): GivenProfile | string {
  if (noProfile) return { spec: null, declared: {} };
  if (projectedProfile === undefined) return { spec: profile ?? null, declared: {} };
  const spec: Record<string, unknown> = {};
  const profileDataRequired: Record<string, unknown> = {};
  for (const [surface, projected] of Object.entries(projectedProfile)) {
    const made = unprojected(projected);
    const key = KEYS[surface];
    if (key === undefined) return `a projected profile with ${surface}`;
    spec[surface] = made.texts.map((text) => ({ [key]: text }));
    profileDataRequired[surface] = made.declared;
  }
  return { spec, declared: { profileDataRequired } };
}

const KEYS: Readonly<Record<string, string>> = { opens: 'path', endpoints: 'endpoint' };

/** What a surface was made of: its entries, or any that make the hits what they are. */
function unprojected({ All, Values, Patterns, PrefixHits, SuffixHits }: ProjectedSurface) {
  if (All) return { texts: [...Values, ...Patterns], declared: 'all' };
  const prefixes = Object.entries(PrefixHits);
  const suffixes = Object.entries(SuffixHits);
  const hits = (entries: readonly (readonly [string, boolean])[]) =>
    entries.filter(([, isHit]) => isHit).map(([text]) => text);
  return {
    texts: [
      ...Values,
      ...Patterns,
      ...hits(prefixes).map((prefix) => `${prefix}/entry`),
      ...hits(suffixes).map((suffix) => `/entry${suffix}`),
    ],
    declared: [
      ...prefixes.map(([prefix]) => ({ prefix })),
      ...suffixes.map(([suffix]) => ({ suffix })),
    ],
  };
}

/** Functions on events are asked for a field of the event that they are given. */
function eventOf({
  event,
  function: name,
  args,
}: FunctionCase): NonNullable<FunctionCase['event']> {
  if (event) return event;
  if (name === 'NormalizePath') return { type: 'open', fields: { path: args[0] } };
  const [given] = args;
  if (!name.startsWith('event.') || typeof given !== 'object') return { type: 'exec', fields: {} };
  const { type = 'exec', ...fields } = given as { readonly type?: string };
  const told = Object.entries(fields).filter(([, value]) => value !== '');
  return { type, fields: Object.fromEntries(told) };
}

function worldOf({ context = {}, profileContainerId, args, vars = {} }: FunctionCase) {
  const { pods, containers, podSpec } = context;
  const spec = podSpec ?? (pods && (Object.values(pods)[0] as Fields));
  const world = surroundings({ ...(containers && { containers }), ...(spec && { podSpec: spec }) });
  const asked = [vars['containerID'], args[0]].find((value) => typeof value === 'string');
  const id = profileContainerId ?? world.container?.id ?? asked;
  return { ...world, ...(id !== undefined && { container: { ...world.container, id } }) };
}
