import type { ResourceDefinition } from '#model/schema/resource.js';
import {
  type ApiParameter,
  DELETE_PARAMETERS,
  FORCE,
  LIST_PARAMETERS,
  NAME,
  NAMESPACE,
  READ_PARAMETERS,
  SELECTORS,
  WRITE_PARAMETERS,
} from './api-parameters.ts';
import { pathOf, verbsOf } from './group-versions.ts';
import { META } from './meta-definitions.ts';
import { definitionName, listDefinitionName } from './resource-definitions.ts';

/** One operation, apart from how a version of OpenAPI words it. */
export interface ApiOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `x-kubernetes-action`. */
  readonly action: 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection';
  readonly description: string;
  readonly parameters: readonly ApiParameter[];
  /** Name of the schema of the request's body. */
  readonly takes?: string;
  /** Name of the schema of the answer. */
  readonly gives: string;
  readonly resource: ResourceDefinition;
}

/** A path and what may be done there. */
export interface ApiPath {
  readonly path: string;
  readonly parameters: readonly ApiParameter[];
  readonly operations: readonly ApiOperation[];
}

/** Media types that a patch may have. */
export const PATCH_MEDIA_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
] as const;

/** The paths below which a resource is served. `kubectl explain` finds a kind by its collection's path. */
export function apiPaths(resource: ResourceDefinition): readonly ApiPath[] {
  const base = `/${pathOf(resource)}`;
  const within = resource.namespaced ? `${base}/namespaces/{namespace}` : base;
  const parameters = resource.namespaced ? [NAMESPACE] : [];
  const collection = `${within}/${resource.plural}`;
  const everywhere: readonly ApiPath[] = resource.namespaced
    ? [{ path: `${base}/${resource.plural}`, parameters: [], operations: [listOf(resource)] }]
    : [];
  return [
    ...everywhere,
    { path: collection, parameters, operations: allowed(collectionOperations(resource)) },
    {
      path: `${collection}/{name}`,
      parameters: [...parameters, NAME],
      operations: allowed(objectOperations(resource)),
    },
  ];
}

function collectionOperations(resource: ResourceDefinition): readonly ApiOperation[] {
  const { kind } = resource;
  const own = definitionName(resource);
  return [
    listOf(resource),
    {
      method: 'post',
      action: 'post',
      description: `Creates a ${kind}.`,
      parameters: WRITE_PARAMETERS,
      takes: own,
      gives: own,
      resource,
    },
    {
      method: 'delete',
      action: 'deletecollection',
      description: `Deletes every ${kind} that is selected.`,
      parameters: [...DELETE_PARAMETERS, ...SELECTORS],
      takes: META.deleteOptions,
      gives: META.status,
      resource,
    },
  ];
}

function objectOperations(resource: ResourceDefinition): readonly ApiOperation[] {
  const { kind } = resource;
  const own = definitionName(resource);
  return [
    {
      method: 'get',
      action: 'get',
      description: `Reads a ${kind}.`,
      parameters: READ_PARAMETERS,
      gives: own,
      resource,
    },
    {
      method: 'put',
      action: 'put',
      description: `Replaces a ${kind}.`,
      parameters: WRITE_PARAMETERS,
      takes: own,
      gives: own,
      resource,
    },
    {
      method: 'patch',
      action: 'patch',
      description: `Changes a ${kind}.`,
      parameters: [...WRITE_PARAMETERS, FORCE],
      takes: META.patch,
      gives: own,
      resource,
    },
    {
      method: 'delete',
      action: 'delete',
      description: `Deletes a ${kind}.`,
      parameters: DELETE_PARAMETERS,
      takes: META.deleteOptions,
      gives: META.status,
      resource,
    },
  ];
}

function listOf(resource: ResourceDefinition): ApiOperation {
  return {
    method: 'get',
    action: 'list',
    description: `Lists or watches objects of kind ${resource.kind}.`,
    parameters: LIST_PARAMETERS,
    gives: listDefinitionName(resource),
    resource,
  };
}

const VERB_OF_ACTION: Readonly<Record<ApiOperation['action'], string>> = {
  list: 'list',
  get: 'get',
  post: 'create',
  put: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
};

function allowed(operations: readonly ApiOperation[]): readonly ApiOperation[] {
  return operations.filter(({ action, resource }) =>
    verbsOf(resource).includes(VERB_OF_ACTION[action]),
  );
}
