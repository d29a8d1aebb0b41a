import type { PublishedSchema } from '#model/schema/published-schema.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import type { ApiParameter } from './api-parameters.ts';
import { type ApiOperation, apiPaths, PATCH_MEDIA_TYPES } from './api-paths.ts';
import { META_DEFINITIONS } from './meta-definitions.ts';
import type { V2Document, V2Operation, V2Parameter, V2Schema } from './openapi-v2-form.ts';
import { encodeOpenApiV2 } from './openapi-v2-protobuf.ts';
import { bare, resourceDefinitions } from './resource-definitions.ts';

/**
 * Answers `/openapi/v2` as JSON: every kind in one document. OpenAPI v2 knows neither `nullable` nor `oneOf`;
 * they are left out. Build it once.
 */
export function openApiV2Json(resources: readonly ResourceDefinition[]): V2Document {
  const paths = resources.flatMap(apiPaths).map(({ path, parameters, operations }) => [
    path,
    {
      ...(parameters.length > 0 && { parameters: parameters.map(plainParameter) }),
      ...Object.fromEntries(operations.map((one) => [one.method, operation(one)])),
    },
  ]);
  const definitions: Readonly<Record<string, PublishedSchema>> = Object.assign(
    {},
    ...resources.map(resourceDefinitions),
    META_DEFINITIONS,
  );
  return {
    swagger: '2.0',
    info: { title: 'Hullwatch', version: 'v1' },
    paths: Object.fromEntries(paths),
    definitions: mapValues(definitions, v2Schema),
  };
}

/**
 * The media type of {@link openApiV2Protobuf}. Clients ask for it with `@` in place of the last dot but one
 * (`…v2@v1.0+protobuf`) as well, but no answer may say that: Go does not read it as a media type.
 */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * Answers `/openapi/v2` as the message `openapi.v2.Document` of gnostic, the only form that kubectl
 * before 1.26 asks for (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). Build it once.
 */
export function openApiV2Protobuf(resources: readonly ResourceDefinition[]): Uint8Array {
  return encodeOpenApiV2(openApiV2Json(resources));
}

function operation({ action, description, takes, gives, ...about }: ApiOperation): V2Operation {
  const { group, version, kind } = about.resource;
  const body: readonly V2Parameter[] =
    takes === undefined
      ? []
      : [{ name: 'body', in: 'body', required: true, schema: v2Schema(bare(takes)) }];
  return {
    description,
    consumes: action === 'patch' ? PATCH_MEDIA_TYPES : ['application/json'],
    produces: ['application/json'],
    parameters: [...body, ...about.parameters.map(plainParameter)],
    responses: { 200: { description: 'OK', schema: v2Schema(bare(gives)) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, kind, version },
  };
}

function plainParameter({ schema, ...rest }: ApiParameter): V2Parameter {
  return { ...rest, type: schema.type };
}

/** Of a published schema what OpenAPI v2 can say. */
function v2Schema(schema: PublishedSchema): V2Schema {
  const { nullable: _nullable, oneOf: _oneOf, allOf, $ref, properties, items, ...plain } = schema;
  const { additionalProperties, ...rest } = plain;
  const target = $ref ?? (allOf as readonly PublishedSchema[] | undefined)?.[0]?.['$ref'];
  return {
    ...rest,
    ...(typeof target === 'string' && {
      $ref: target.replace('#/components/schemas/', '#/definitions/'),
    }),
    ...(isSchemas(properties) && { properties: mapValues(properties, v2Schema) }),
    ...(isSchema(items) && { items: v2Schema(items) }),
    ...(isSchema(additionalProperties) && {
      additionalProperties: v2Schema(additionalProperties),
    }),
  };
}

function isSchema(value: unknown): value is PublishedSchema {
  return typeof value === 'object' && value !== null;
}

function isSchemas(value: unknown): value is Readonly<Record<string, PublishedSchema>> {
  return isSchema(value);
}

function mapValues<From, To>(
  from: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]));
}
