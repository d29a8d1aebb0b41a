import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { type ApiOperation, apiPaths, PATCH_MEDIA_TYPES } from './api-paths.ts';
import { type GroupVersion, groupVersionsOf, pathOf, resourcesOf } from './group-versions.ts';
import { META_DEFINITIONS } from './meta-definitions.ts';
import { bare, resourceDefinitions } from './resource-definitions.ts';

type Resources = readonly ResourceDefinition[];

/**
 * Answers `/openapi/v3`: where the document of each group's version is. The hash in the address changes
 * with the document, so that clients may keep it. Build it once; it takes all the documents.
 */
export function openApiV3Index(resources: Resources): object {
  const paths = groupVersionsOf(resources).map((groupVersion) => {
    const document = JSON.stringify(openApiV3Document(resources, groupVersion));
    const hash = createHash('sha256').update(document).digest('hex').toUpperCase();
    const path = pathOf(groupVersion);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/** Answers `/openapi/v3/apis/GROUP/VERSION`; undefined for a version that is not served. */
export function openApiV3Document(
  resources: Resources,
  groupVersion: GroupVersion,
): object | undefined {
  const these = resourcesOf(resources, groupVersion);
  if (these.length === 0) return;
  const paths = these.flatMap(apiPaths).map(({ path, parameters, operations }) => [
    path,
    {
      ...(parameters.length > 0 && { parameters }),
      ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    },
  ]);
  const schemas = Object.assign({}, ...these.map(resourceDefinitions), META_DEFINITIONS);
  return {
    openapi: '3.0.0',
    info: { title: 'Hullwatch', version: 'v1' },
    paths: Object.fromEntries(paths),
    components: { schemas },
  };
}

function operation({ description, parameters, takes, gives, ...about }: ApiOperation): object {
  const { action, resource } = about;
  const { group, version, kind } = resource;
  const media = action === 'patch' ? PATCH_MEDIA_TYPES : ['application/json'];
  return {
    description,
    parameters,
    ...(takes !== undefined && { requestBody: { content: content(media, takes) } }),
    responses: { 200: { description: 'OK', content: content(['application/json'], gives) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  };
}

function content(mediaTypes: readonly string[], definition: string): object {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: bare(definition) }]));
}
