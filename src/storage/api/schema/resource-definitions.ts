import { type PublishedSchema, publishedSchema } from '#model/schema/published-schema.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { META } from './meta-definitions.ts';

const API_VERSION = {
  type: 'string',
  description: 'Group and version of the form that the object has.',
};
const KIND = { type: 'string', description: 'Kind of the object.' };

/** The name under which a kind's schema is published: the group backwards, version, kind. */
export function definitionName({ group, version, kind }: ResourceDefinition): string {
  const path = group === '' ? 'io.k8s.api.core' : group.split('.').reverse().join('.');
  return `${path}.${version}.${kind}`;
}

/** The name of its list's schema. */
export function listDefinitionName(resource: ResourceDefinition): string {
  return definitionName({ ...resource, kind: resource.listKind });
}

/** The published schemas of a kind and of its list, by name. */
export function resourceDefinitions(
  resource: ResourceDefinition,
): Readonly<Record<string, PublishedSchema>> {
  const { group, version, kind, listKind, description } = resource;
  const { properties = {}, ...rest } = publishedSchema(resource.schema);
  return {
    [definitionName(resource)]: {
      ...rest,
      description,
      properties: {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: reference(META.objectMeta, 'Standard metadata of the object.'),
        ...(properties as object),
      },
      'x-kubernetes-group-version-kind': [{ group, kind, version }],
    },
    [listDefinitionName(resource)]: {
      type: 'object',
      description: `${listKind} is a list of ${kind} objects.`,
      required: ['items'],
      properties: {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: reference(META.listMeta, 'Standard metadata of the list.'),
        items: {
          type: 'array',
          description: 'The objects.',
          items: bare(definitionName(resource)),
        },
      },
      'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
    },
  };
}

/** A reference to a published schema. */
export function bare(name: string): PublishedSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function reference(name: string, description: string): PublishedSchema {
  return { description, allOf: [bare(name)] };
}
