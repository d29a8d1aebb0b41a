import type { Schema } from './schema.ts';
import { listOf, record, text } from './schema-parts.ts';

/** The three lists of containers that a pod has, each container with its name and these fields. */
export function containerLists(
  fields: Readonly<Record<string, Schema>>,
): Readonly<Record<string, Schema>> {
  const container = record('One container.', {
    name: text('Name of the container in its pod.'),
    ...fields,
  });
  return {
    containers: listOf(container, 'The containers of the pod.'),
    initContainers: listOf(container, 'The init containers of the pod.'),
    ephemeralContainers: listOf(container, 'The ephemeral containers of the pod.'),
  };
}
