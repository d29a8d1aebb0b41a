import { createHash } from 'node:crypto';
import { AgentError } from '#model/agent-error.js';
import { CONTAINER_TYPES, type ContainerType, type InstanceId } from '#model/container.js';

/** The word for each container type in an instance id string: the singular, as the public format has it. */
const TYPE_WORD: Readonly<Record<ContainerType, string>> = {
  containers: 'container',
  initContainers: 'initContainer',
  ephemeralContainers: 'ephemeralContainer',
};

const PART = '([^/]+)';
const WORKLOAD = `apiVersion-(.+)/namespace-${PART}/kind-${PART}/name-${PART}`;
const WITH_CONTAINER = new RegExp(`^${WORKLOAD}/${PART}Name-${PART}$`);
const WITHOUT_CONTAINER = new RegExp(`^${WORKLOAD}$`);

/**
 * The instance id string, container included:
 * `apiVersion-apps/v1/namespace-default/kind-ReplicaSet/name-web-5d7/containerName-nginx`.
 * An alternate name takes the place of the name.
 */
export function formatInstanceId(id: InstanceId): string {
  return `${formatWorkloadId(id)}/${TYPE_WORD[id.containerType]}Name-${id.containerName}`;
}

/** The instance id string of the workload alone: it stops after the name. */
export function formatWorkloadId(id: InstanceId): string {
  const name = id.alternateName || id.name;
  return `apiVersion-${id.apiVersion}/namespace-${id.namespace}/kind-${id.kind}/name-${name}`;
}

/**
 * Reads an instance id string, with a container or without (then `containerName` is empty). What
 * was an alternate name comes back as the name: the string does not tell them apart. Throws `invalid`.
 */
export function parseInstanceId(text: string): InstanceId {
  const match = WITH_CONTAINER.exec(text) ?? WITHOUT_CONTAINER.exec(text);
  const [, apiVersion = '', namespace = '', kind = '', name = '', word, containerName] =
    match ?? [];
  const containerType = word === undefined ? 'containers' : typeOf(word);
  if (match === null || containerType === undefined) {
    throw new AgentError(
      'invalid',
      `instance id "${text}": expected apiVersion-<version>/namespace-<namespace>/kind-<kind>/name-<name>, optionally followed by /containerName-<container>`,
    );
  }
  return { apiVersion, namespace, kind, name, containerType, containerName: containerName ?? '' };
}

/** SHA-256 of {@link formatInstanceId} in lower-case hexadecimal. */
export function hashInstanceId(id: InstanceId): string {
  return createHash('sha256').update(formatInstanceId(id), 'utf8').digest('hex');
}

function typeOf(word: string): ContainerType | undefined {
  return CONTAINER_TYPES.find((type) => TYPE_WORD[type] === word);
}
