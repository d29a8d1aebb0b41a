/** Where something was found; both numbers begin at 1. Of a file that cannot be used, as far as that is known. */
export interface FindingPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Errors make a rule useless or wrong; warnings say what a careful author would mend. */
export type LintLevel = 'error' | 'warning';

/** What can be found, by id: how bad it is, and in general words what it means. */
export const LINT_CHECKS = {
  unreadable: { level: 'error', about: 'The file cannot be used.' },
  'invalid-rule': { level: 'error', about: 'The rule is not of the public format.' },
  'invalid-test': { level: 'error', about: 'The test cannot be run.' },
  'unknown-rule': { level: 'error', about: 'The test names a rule that its files do not have.' },
  'invalid-binding': { level: 'error', about: 'The binding is not of the public format.' },
  binding: {
    level: 'warning',
    about: 'The binding binds no rule, or names one that does not exist.',
  },
  'unknown-field': {
    level: 'warning',
    about: 'The rule has a field that nothing reads, or the binding one that it must not have.',
  },
  'agent-version': {
    level: 'error',
    about: 'agentVersionRequirement is no range of versions, so that every version is allowed.',
  },
  'duplicate-id': {
    level: 'error',
    about: 'Two rules have one id; only the last enabled one runs.',
  },
  expression: { level: 'error', about: 'The expression does not compile.' },
  'unknown-name': { level: 'error', about: 'The expression names what does not exist.' },
  'never-true': { level: 'error', about: 'The rule can never be true.' },
  'zero-field': {
    level: 'warning',
    about: 'The expression reads a field that events of this type do not have.',
  },
  'profile-data-missing': {
    level: 'error',
    about: 'The expression asks the profile for what the rule does not declare.',
  },
  'profile-data-empty': { level: 'error', about: 'A declaration of profile data selects nothing.' },
  'profile-data-unused': {
    level: 'warning',
    about: 'The rule declares profile data that its expressions do not ask for.',
  },
  'profile-dependency': {
    level: 'error',
    about: 'profileDependency has no meaning, or is 0 and nothing is declared.',
  },
  'profile-dependency-unused': {
    level: 'warning',
    about: 'profileDependency says otherwise than what the rule does with the profile.',
  },
  prefilter: {
    level: 'error',
    about: 'The prefilter is malformed: the whole of it has no effect.',
  },
  'unknown-state': { level: 'warning', about: 'The state has a key that nothing reads.' },
  context: { level: 'error', about: 'A context tag names no context.' },
  severity: { level: 'error', about: 'The severity is not a whole number from 0 to 10.' },
  'no-mitre': { level: 'warning', about: 'The rule names no MITRE tactic or technique.' },
  'no-description': { level: 'warning', about: 'The rule has no description.' },
  'no-tests': { level: 'warning', about: 'No test of the rule was found.' },
} as const satisfies Readonly<
  Record<string, { readonly level: LintLevel; readonly about: string }>
>;
/** One of {@link LINT_CHECKS}. */
export type LintCheck = keyof typeof LINT_CHECKS;

/** One thing that was found. */
export interface LintFinding {
  readonly check: LintCheck;
  readonly level: LintLevel;
  /** Without the place; begins with the field it is about. */
  readonly message: string;
  /** Id of the rule, when it is about one that has an id. */
  readonly rule?: string;
  readonly place: FindingPlace;
}
