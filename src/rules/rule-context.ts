import { type Container, HOST_CGROUP_ID } from '#model/container.js';

/** Where a container runs, as far as rules tell places apart. `host` is the node itself. */
export const RULE_CONTEXTS = ['kubernetes', 'standalone', 'ecs', 'host'] as const;
/** One of {@link RULE_CONTEXTS}. */
export type RuleContext = (typeof RULE_CONTEXTS)[number];

const PREFIX = 'context:';
/** Stands for every place in which containers run. */
const ANY_CONTAINER = 'container';
/** Amazon's agent gives it to containers of its tasks. */
const ECS_LABEL = 'com.amazonaws.ecs.task-arn';
/** Id of what stands for the processes of the node that are in no container. Some runtimes let anyone choose it. */
const HOST_ID = 'host';

/** Where a container runs. */
export function contextOf({ id, pod, labels, cgroupId }: Container): RuleContext {
  if (pod !== undefined) return 'kubernetes';
  if (id === HOST_ID && cgroupId === HOST_CGROUP_ID) return 'host';
  return Object.hasOwn(labels, ECS_LABEL) ? 'ecs' : 'standalone';
}

/**
 * True when a rule with these tags is meant for containers in `context`. A rule without any
 * `context:` tag is meant for Kubernetes only.
 */
export function appliesIn(context: RuleContext, tags: readonly string[]): boolean {
  const wanted = tags
    .filter((tag) => tag.startsWith(PREFIX))
    .map((tag) => tag.slice(PREFIX.length));
  if (wanted.length === 0) return context === 'kubernetes';
  return wanted.includes(context) || (context !== 'host' && wanted.includes(ANY_CONTAINER));
}
