/** A schema as OpenAPI v2 has it; other fields are vendor extensions. */
export interface V2Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, V2Schema>>;
  readonly items?: V2Schema;
  readonly additionalProperties?: V2Schema;
  readonly [extension: `x-${string}`]: unknown;
}

/** A parameter: in the body with a schema, elsewhere with a type. */
export interface V2Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly schema?: V2Schema;
}

/** What may be done at a path. */
export interface V2Operation {
  readonly description: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly V2Parameter[];
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly schema: V2Schema }>
  >;
  readonly [extension: `x-${string}`]: unknown;
}

/** A path: its own parameters, and an operation for some methods. */
export interface V2Path {
  readonly parameters?: readonly V2Parameter[];
  readonly get?: V2Operation;
  readonly put?: V2Operation;
  readonly post?: V2Operation;
  readonly delete?: V2Operation;
  readonly patch?: V2Operation;
}

/** The whole document; of OpenAPI v2 what we use. */
export interface V2Document {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, V2Path>>;
  readonly definitions: Readonly<Record<string, V2Schema>>;
}
