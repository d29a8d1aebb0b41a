import type { V2Document, V2Operation, V2Parameter, V2Path, V2Schema } from './openapi-v2-form.ts';
import {
  countField,
  doubleField,
  flagField,
  message,
  messageField,
  textField,
  textFields,
  type WireField,
} from './wire-format.ts';

/**
 * A document as the message `openapi.v2.Document`. The numbers of the fields are those of gnostic's
 * OpenAPIv2.proto; its maps are lists of named values, its extensions are texts of YAML, of which
 * JSON is a part.
 */
export function encodeOpenApiV2(document: V2Document): Uint8Array {
  const { title, version } = document.info;
  return message([
    textField(1, document.swagger),
    messageField(2, message([textField(1, title), textField(2, version)])),
    messageField(8, message(named(2, document.paths, encodePath))),
    messageField(9, message(named(1, document.definitions, encodeSchema))),
  ]);
}

function encodePath(path: V2Path): Buffer {
  return message([
    messageField(2, path.get && encodeOperation(path.get)),
    messageField(3, path.put && encodeOperation(path.put)),
    messageField(4, path.post && encodeOperation(path.post)),
    messageField(5, path.delete && encodeOperation(path.delete)),
    messageField(8, path.patch && encodeOperation(path.patch)),
    ...(path.parameters ?? []).map((one) => messageField(9, encodeParameter(one))),
  ]);
}

function encodeOperation(operation: V2Operation): Buffer {
  return message([
    textField(3, operation.description),
    ...textFields(6, operation.produces),
    ...textFields(7, operation.consumes),
    ...operation.parameters.map((one) => messageField(8, encodeParameter(one))),
    messageField(9, message(named(1, operation.responses, encodeResponse))),
    ...extensions(13, operation),
  ]);
}

/** `ParametersItem` with a `Parameter` with one of its forms. */
function encodeParameter(parameter: V2Parameter): Buffer {
  const form = parameter.schema === undefined ? nonBody(parameter) : body(parameter);
  return message([messageField(1, message([form]))]);
}

function body({ description, name, in: place, required, schema }: V2Parameter): WireField {
  const fields = [
    textField(1, description),
    textField(2, name),
    textField(3, place),
    flagField(4, required),
    messageField(5, schema && encodeSchema(schema)),
  ];
  return messageField(1, message(fields));
}

/** A parameter of the path (4) or query (3); the latter has one field more before its type. */
function nonBody({ description, name, in: place, required, type }: V2Parameter): WireField {
  const isQuery = place === 'query';
  const fields = [
    flagField(1, required),
    textField(2, place),
    textField(3, description),
    textField(4, name),
    textField(isQuery ? 6 : 5, type),
  ];
  return messageField(2, message([messageField(isQuery ? 3 : 4, message(fields))]));
}

/** `ResponseValue` with a `Response`. */
function encodeResponse(response: {
  readonly description: string;
  readonly schema: V2Schema;
}): Buffer {
  const schema = message([messageField(1, encodeSchema(response.schema))]);
  const fields = [textField(1, response.description), messageField(2, schema)];
  return message([messageField(1, message(fields))]);
}

function encodeSchema(schema: V2Schema): Buffer {
  const { additionalProperties: others, properties, items } = schema;
  return message([
    textField(1, schema.$ref),
    textField(2, schema.format),
    textField(4, schema.description),
    doubleField(7, schema.maximum),
    doubleField(9, schema.minimum),
    countField(11, schema.maxLength),
    countField(12, schema.minLength),
    textField(13, schema.pattern),
    ...textFields(19, schema.required),
    ...(schema.enum ?? []).map((value) => messageField(20, encodeAny(value))),
    messageField(21, others && message([messageField(1, encodeSchema(others))])),
    messageField(22, schema.type === undefined ? undefined : message([textField(1, schema.type)])),
    messageField(23, items && message([messageField(1, encodeSchema(items))])),
    messageField(25, properties && message(named(1, properties, encodeSchema))),
    ...extensions(31, schema),
  ]);
}

function extensions(number: number, from: object): readonly WireField[] {
  const own = Object.entries(from).filter(([key]) => key.startsWith('x-'));
  return named(number, Object.fromEntries(own), encodeAny);
}

function encodeAny(value: unknown): Buffer {
  return message([textField(2, JSON.stringify(value))]);
}

/** A map: one field for each entry, with the name (1) and the value (2). */
function named<Value>(
  number: number,
  values: Readonly<Record<string, Value>>,
  encode: (value: Value) => Buffer,
): readonly WireField[] {
  return Object.entries(values).map(([name, value]) =>
    messageField(number, message([textField(1, name), messageField(2, encode(value))])),
  );
}
