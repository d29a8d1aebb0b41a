import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import { PROFILE_STATUSES } from '#model/annotations.js';
import { DECISION_STAGES } from '#model/rule-decision.js';
import { RULE_EVENT_TYPES } from '#rules/rule.js';
import { parseDuration } from '#runtime/duration.js';
import { problemsOf } from './schema-problems.ts';

const object = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);
const name = v.pipe(v.string(), v.nonEmpty('expected a text that is not empty'));
const duration = v.pipe(
  v.string(),
  v.check((text) => isDuration(text), 'expected a duration such as 30s, 10m or 1h30m'),
);

const containerSchema = v.strictObject({
  id: v.optional(v.string()),
  name: v.optional(v.string()),
  namespace: v.optional(v.string()),
  pod: v.optional(v.string()),
  podLabels: v.optional(v.record(v.string(), v.string())),
});

const contextSchema = v.strictObject({
  kind: v.optional(v.picklist(['kubernetes', 'host', 'standalone', 'ecs'])),
  podSpec: v.nullish(object),
  apiServerAddress: v.optional(v.string()),
  processEnv: v.nullish(object),
  /** Names of containers by their ids, for who has them so. */
  containers: v.optional(v.record(v.string(), object)),
});

const eventSchema = v.pipe(v.looseObject({ type: v.picklist(RULE_EVENT_TYPES) }), v.readonly());

const expectSchema = v.pipe(
  v.strictObject({
    verdict: v.exactOptional(v.boolean()),
    message: v.exactOptional(v.string()),
    uniqueId: v.exactOptional(v.string()),
    alert: v.exactOptional(v.boolean()),
    suppressedBy: v.exactOptional(v.picklist(DECISION_STAGES)),
    error: v.exactOptional(name),
  }),
  v.check(
    (expect) => Object.keys(expect).length > 0,
    'expected at least one of verdict, message, uniqueId, alert, suppressedBy and error',
  ),
  v.check(
    ({ alert, suppressedBy }) => alert !== true || suppressedBy === undefined,
    'expected alert: false beside suppressedBy',
  ),
);

/** What a step may say, and a test for all of its steps. */
const situation = {
  profile: v.nullish(object),
  profileStatus: v.optional(v.picklist(PROFILE_STATUSES)),
  profileCompletion: v.optional(v.picklist(['partial', 'complete'])),
  container: v.optional(containerSchema),
  context: v.optional(contextSchema),
  event: v.optional(eventSchema),
};

const stepSchema = v.strictObject({
  ...situation,
  after: v.optional(duration),
  expect: expectSchema,
});

const testSchema = v.strictObject({
  ...situation,
  name,
  rule: name,
  bindings: v.optional(v.array(object)),
  expect: v.optional(expectSchema),
  steps: v.optional(v.pipe(v.array(stepSchema), v.nonEmpty('expected at least one step'))),
});

/** What a test says is to come of an event. */
export type Expectation = v.InferOutput<typeof expectSchema>;
/** Where the container runs and what is around it. */
export type GivenContext = v.InferOutput<typeof contextSchema>;
/** The container that an event happens in. */
export type GivenContainer = v.InferOutput<typeof containerSchema>;

/** One event, and what is to come of it. */
export interface RuleTestStep {
  /** Null when there is none. */
  readonly profile: Readonly<Record<string, unknown>> | null;
  readonly profileStatus: (typeof PROFILE_STATUSES)[number];
  readonly profileCompletion: 'partial' | 'complete';
  readonly container: GivenContainer;
  readonly context: GivenContext;
  /** The type, and the fields as expressions read them. */
  readonly event: v.InferOutput<typeof eventSchema>;
  /** How long after the step before it happens. */
  readonly afterMs: number;
  readonly expect: Expectation;
}

/** A test of one rule: steps on one engine, in their order. */
export interface RuleTest {
  readonly name: string;
  readonly rule: string;
  /** Absent: the rule applies everywhere. */
  readonly bindings?: readonly Readonly<Record<string, unknown>>[];
  /** At least one. */
  readonly steps: readonly RuleTestStep[];
  /** It was written as `steps`, so that its result is a list too. */
  readonly isSequence: boolean;
}

/** Validates one test. Throws `invalid`: `where`, the field and what was expected. */
export function parseTestCase(value: unknown, where: string): RuleTest {
  const parsed = v.safeParse(testSchema, value);
  if (!parsed.success) {
    throw new AgentError('invalid', `${where}: ${problemsOf(parsed.issues)}`);
  }
  const { steps, expect, name: title, rule, bindings, ...shared } = parsed.output;
  if ((steps === undefined) === (expect === undefined)) {
    throw new AgentError('invalid', `${where}: expected either expect or steps`);
  }
  const written = steps ?? (expect ? [{ expect }] : []);
  return {
    name: title,
    rule,
    ...(bindings && { bindings }),
    steps: written.map((step, index) =>
      stepOf({ ...shared, ...step }, `${where}: step ${index + 1}`),
    ),
    isSequence: steps !== undefined,
  };
}

function stepOf(step: v.InferOutput<typeof stepSchema>, where: string): RuleTestStep {
  const { event } = step;
  if (event === undefined) throw new AgentError('invalid', `${where}: event: expected an event`);
  return {
    profile: step.profile ?? null,
    profileStatus: step.profileStatus ?? 'completed',
    profileCompletion: step.profileCompletion ?? 'complete',
    container: step.container ?? {},
    context: step.context ?? {},
    event,
    afterMs: step.after === undefined ? 0 : parseDuration(step.after, 'after'),
    expect: step.expect,
  };
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text, '') >= 0;
  } catch {
    return false;
  }
}
