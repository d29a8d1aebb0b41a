/**
 * A type as the expression language writes it: `bool`, `string`, `int`, `uint`, `double`, `dyn`,
 * `list<string>`, `map<string, string>`, or the name of a {@link CelObjectType}.
 */
export type CelType = string;

/**
 * A kind of object that expressions may read fields of. Values are instances of `prototype`, with a
 * property or getter for each field. Only the fields an expression names are read.
 */
export interface CelObjectType {
  /** Letters and digits only. */
  readonly name: string;
  /** The class of the values. */
  readonly prototype: abstract new (
    ...values: never[]
  ) => object;
  /** Field name to type. `int` values are `bigint`, `uint` values come from {@link celUint}. */
  readonly fields: Readonly<Record<string, CelType>>;
  /**
   * Fields of which `has()` is not always true: each with the property of the object that is undefined when it is
   * false. No expression can spell it when it begins with a digit.
   */
  readonly presence?: Readonly<Record<string, string>>;
}

/**
 * One signature of a function that expressions may call. Two entries of one name are overloads.
 * It runs synchronously; what it throws becomes the evaluation's error.
 */
export interface CelFunction<Host> {
  /** With its namespace, for example `net.is_private_ip`. */
  readonly name: `${string}.${string}`;
  readonly parameters: readonly CelType[];
  readonly returns: CelType;
  /** The checker has seen to the values' types; elements of a list are only as sure as its type. */
  call(host: Host, ...values: readonly unknown[]): unknown;
}

/** What expressions of one environment may speak of. */
export interface CelDeclarations<Host> {
  readonly types: readonly CelObjectType[];
  /** Variable name to type. */
  readonly variables: Readonly<Record<string, CelType>>;
  readonly functions: readonly CelFunction<Host>[];
}
