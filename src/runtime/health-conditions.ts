/**
 * What a condition means for the agent as a whole. `degraded`: it does its work, and something beside it is
 * wrong. `unready`: it cannot do its work as it should. `stuck`: it makes no progress, and a restart may help.
 */
export type HealthEffect = 'degraded' | 'unready' | 'stuck';

interface ConditionMeaning {
  readonly effect: HealthEffect;
  /** When it holds, for docs/health.md. */
  readonly when: string;
}

/** Every condition that a part of the agent may report, by its name. */
export const CONDITIONS = {
  sensor: { effect: 'unready', when: 'the sensor died and is being restarted: events are missed' },
  source: {
    effect: 'unready',
    when: 'one of several sources of events died and is being restarted, or its file is not there yet: its events are missed',
  },
  'container-runtime': {
    effect: 'unready',
    when: 'containers cannot be watched: the message names the runtime',
  },
  pods: { effect: 'unready', when: 'the API server does not tell of the pods of this node' },
  peers: {
    effect: 'degraded',
    when: 'the API server does not tell of the pods and services of all nodes: other sides of connections have no names',
  },
  'store-read': {
    effect: 'unready',
    when: 'the profile store does not answer to reading, or is damaged',
  },
  'store-write': { effect: 'unready', when: 'the same for writing; a full disk is one reason' },
  'profile-watch': {
    effect: 'unready',
    when: 'the profile store has given no sign of life for 5 minutes, by watch or list',
  },
  merging: { effect: 'unready', when: 'reports are not merged into profiles, and why' },
  'report-queue': { effect: 'unready', when: 'learned reports cannot be queued' },
  'reports-late': {
    effect: 'degraded',
    when: 'the oldest learned report has waited for the store for 15 minutes',
  },
  'reports-set-aside': { effect: 'degraded', when: 'there are reports that no store takes' },
  rules: {
    effect: 'degraded',
    when: 'rules that were changed do not load, and those of before stay; or some were left out at the start; or a binding binds nothing. `unready` when no rule is in use',
  },
  'rule-watch': {
    effect: 'degraded',
    when: 'rules, or labels that bindings ask for, are not followed; or nobody is asked for these labels (`--pods runtime`)',
  },
  'event-loop': {
    effect: 'unready',
    when: 'a turn of the event loop took longer than a second; until 5 seconds have passed well',
  },
  'events-late': {
    effect: 'unready',
    when: 'the oldest event is 5 seconds older than holding and ordering explain',
  },
  'events-stuck': { effect: 'stuck', when: 'the same, for a minute' },
  'alert-spool': {
    effect: 'unready',
    when: 'alerts cannot be written to disk and are kept in memory',
  },
  'alerts-late': {
    effect: 'degraded',
    when: 'the oldest alert has waited for a sink for 5 minutes',
  },
} as const satisfies Readonly<Record<string, ConditionMeaning>>;

/** A condition of one of many: of a sink by its name, and of a part of the agent that broke down for good. */
export const NAMED_CONDITIONS = {
  'alert-sink': {
    effect: 'degraded',
    when: 'the sink of that name takes no alerts, which wait for it',
  },
  broken: {
    effect: 'unready',
    when: 'that part of the agent ended by a mistake of ours; see the log',
  },
} as const satisfies Readonly<Record<string, ConditionMeaning>>;

/** Name of a condition. */
export type ConditionName = keyof typeof CONDITIONS | `${keyof typeof NAMED_CONDITIONS}-${string}`;

/** What a condition means unless whoever reports it knows better. */
export function usualEffect(name: ConditionName): HealthEffect {
  const known: Readonly<Record<string, ConditionMeaning>> = CONDITIONS;
  const named = Object.entries(NAMED_CONDITIONS).find(([kind]) => name.startsWith(`${kind}-`));
  return known[name]?.effect ?? named?.[1].effect ?? 'unready';
}
