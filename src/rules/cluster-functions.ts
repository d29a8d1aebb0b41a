import type { CelFunction } from '#cel/cel-declarations.js';
import { AgentError } from '#model/agent-error.js';
import { containerSpec } from './pod-spec-exemption.ts';
import type { RuleHost } from './rule-host.ts';

/** Namespace, name of the pod, name of the container. */
const CONTAINER = ['string', 'string', 'string'] as const;

/** What rules ask of the cluster. */
export const CLUSTER_FUNCTIONS: readonly CelFunction<RuleHost>[] = [
  {
    name: 'k8s.get_container_mount_paths',
    parameters: CONTAINER,
    returns: 'list<string>',
    call: (host, ...names) => containerIn(host, names).mountPaths,
  },
  {
    name: 'k8s.get_container_by_name',
    parameters: CONTAINER,
    returns: 'bool',
    call: (host, ...names) => {
      const [namespace, podName, name] = names as readonly string[];
      const pod = host.surroundings.podSpecOf(namespace ?? '', podName ?? '');
      return pod !== undefined && containerSpec(pod, name ?? '') !== undefined;
    },
  },
  {
    name: 'k8s.is_api_server_address',
    parameters: ['string'],
    returns: 'bool',
    call: (host, address) =>
      address !== '' && host.surroundings.isApiServerAddress(address as string),
  },
];

/** Throws `not-found` when pod or container are not known: a rule must not judge by an empty list then. */
function containerIn(host: RuleHost, names: readonly unknown[]) {
  const [namespace = '', podName = '', name = ''] = names as readonly string[];
  const pod = host.surroundings.podSpecOf(namespace, podName);
  if (pod === undefined) {
    throw new AgentError('not-found', `the spec of pod ${namespace}/${podName} is not known`);
  }
  const container = containerSpec(pod, name);
  if (container !== undefined) return container;
  throw new AgentError('not-found', `pod ${namespace}/${podName} has no container ${name}`);
}
