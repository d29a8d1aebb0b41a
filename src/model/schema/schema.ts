/**
 * The form of a value, as a structural OpenAPI v3 schema: the subset that a CustomResourceDefinition
 * takes. Every object schema lists what it knows; what it does not know is kept or refused as
 * `x-kubernetes-preserve-unknown-fields` says.
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | true;
  readonly items?: Schema;
  /**
   * The form in full where it contains itself, which a structural schema cannot say. Checks follow it
   * instead; what is published for clients leaves it out.
   */
  readonly sameFormAs?: () => Schema;
  /** Properties of which exactly one must be there. */
  readonly exactlyOneOf?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}
