import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

type Fields = Readonly<Record<string, unknown>>;

interface CaseEvent {
  readonly type: string;
  readonly fields: Fields;
  readonly variables?: Fields;
}

interface CaseContext {
  readonly containers?: Readonly<Record<string, { readonly name: string }>>;
  readonly podSpec?: Fields | null;
  readonly apiServerAddress?: string;
  readonly processEnv?: Fields;
}

/** A case of a whole rule. */
export interface RuleCase {
  readonly id: string;
  readonly kind: 'evaluation' | 'sequence' | 'policy' | 'message';
  readonly rule: string;
  readonly event: CaseEvent;
  readonly profile: Fields | null;
  readonly context: CaseContext;
  readonly expected?: boolean;
  readonly expectedMessage?: string;
  readonly expectedUniqueId?: string;
  readonly expectedPolicyAllowed?: boolean;
  readonly steps?: readonly {
    readonly setProfile?: Fields | null;
    readonly event: CaseEvent;
    readonly expected: boolean;
  }[];
}

/** A test, and a rule that it needs beside those of the rules file. */
export interface Converted {
  readonly test: unknown;
  readonly rule?: unknown;
}

/** The test for a case, or why there is none. */
export function convertRuleCase(
  given: RuleCase,
  { rulesFile, index }: { readonly rulesFile: string; readonly index: number },
): Converted | string {
  const { id, rule, kind, steps } = given;
  const shared = { name: id, rule, ...surroundings(given.context) };
  if (kind === 'sequence') {
    return {
      test: {
        ...shared,
        steps: steps?.map(({ setProfile = null, event, expected }) => ({
          profile: setProfile,
          event: flat(event),
          expect: { verdict: expected },
        })),
      },
    };
  }
  const test = { ...shared, profile: given.profile, event: flat(given.event) };
  if (kind !== 'policy') return { test: { ...test, expect: expectation(given) } };
  // A policy counts for rules in use only, so the rule is enabled under a name of its own.
  const own = `${rule}-policy-${index}`;
  const renamed = JSON.parse(JSON.stringify(given.profile).replaceAll(rule, own)) as unknown;
  const expect = given.expectedPolicyAllowed ? { suppressedBy: 'policy' } : { alert: true };
  const changes = { id: own, enabled: true, profileDependency: 1 };
  return {
    test: { ...test, rule: own, profile: renamed, expect },
    rule: { ...ruleIn(rulesFile, rule), ...changes },
  };
}

/** What a test says of the world around a case's container. */
export function surroundings({ containers = {}, ...context }: CaseContext) {
  const [first] = Object.entries(containers);
  return {
    ...(first && { container: { id: first[0], name: first[1].name } }),
    context,
  };
}

/** An event as tests write it. */
export function flat({ type, fields, variables }: CaseEvent): Fields {
  return { type, ...fields, ...variables };
}

function expectation({ expected, expectedMessage, expectedUniqueId }: RuleCase) {
  return {
    ...(expected !== undefined && { verdict: expected }),
    ...(expectedMessage !== undefined && { message: expectedMessage }),
    ...(expectedUniqueId !== undefined && { uniqueId: expectedUniqueId }),
  };
}

function ruleIn(file: string, id: string): Fields {
  const manifest = load(readFileSync(file, 'utf8')) as {
    readonly spec: { readonly rules: readonly Fields[] };
  };
  const found = manifest.spec.rules.find((rule) => rule['id'] === id);
  if (!found) throw new Error(`${file} has no rule ${id}`);
  return found;
}
