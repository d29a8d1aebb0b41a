import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import type { SerializedIncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';

/** A value as the JSON form of `cel.expr.Value` has it: one member, named after its type. */
export interface SpecValue {
  readonly nullValue?: null;
  readonly boolValue?: boolean;
  readonly int64Value?: string;
  readonly uint64Value?: string;
  readonly doubleValue?: number | string;
  readonly stringValue?: string;
  readonly bytesValue?: string;
  readonly typeValue?: string;
  readonly listValue?: { readonly values?: readonly SpecValue[] };
  readonly mapValue?: {
    readonly entries?: readonly { readonly key: SpecValue; readonly value: SpecValue }[];
  };
  readonly objectValue?: { readonly '@type': string; readonly value?: string };
}

/** A type as the JSON form of `cel.expr.Type` has it. */
export interface SpecType {
  readonly primitive?: string;
  readonly wellKnown?: string;
  readonly null?: unknown;
  readonly dyn?: unknown;
  readonly type?: unknown;
  readonly listType?: { readonly elemType?: SpecType };
  readonly mapType?: { readonly keyType?: SpecType; readonly valueType?: SpecType };
}

/** One of the simple tests of the language's specification. */
export interface SpecCase {
  /** `file/section/name`. */
  readonly id: string;
  readonly file: string;
  readonly expression: string;
  /** Variable name to type. */
  readonly types: Readonly<Record<string, SpecType>>;
  /** Variable name to value. */
  readonly values: Readonly<Record<string, SpecValue>>;
  /** Absent when only the types are to be checked. */
  readonly expected?: SpecValue | 'error';
}

interface Original {
  readonly name: string;
  readonly expr: string;
  readonly value?: SpecValue;
  readonly evalError?: unknown;
  readonly checkOnly?: boolean;
  readonly typedResult?: { readonly result?: SpecValue };
  readonly typeEnv?: readonly { readonly name: string; readonly ident?: { type: SpecType } }[];
  readonly bindings?: Readonly<Record<string, { readonly value?: SpecValue }>>;
}

/** Files about parts that the dialect of rules does not have, and why not. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  block_ext: 'extension',
  encoders_ext: 'extension',
  macros2: 'extension',
  math_ext: 'extension',
  network_ext: 'extension',
  optionals: 'extension',
  dynamic: 'protobuf',
  enums: 'protobuf',
  proto2: 'protobuf',
  proto2_ext: 'protobuf',
  proto3: 'protobuf',
  wrappers: 'protobuf',
};

/** What cannot be said without messages: their names, and values and types of them. */
const PROTOBUF =
  /TestAllTypes|google\.protobuf\.(?!Timestamp|Duration)|"(?:messageType|wrapper|enumValue)"|"@type":"(?!type\.googleapis\.com\/google\.protobuf\.(?:Timestamp|Duration)")/;

/** The cases that need no protobuf, and how many others each file has, by reason. */
export function specCases(): {
  readonly cases: readonly SpecCase[];
  readonly leftOut: ReadonlyMap<string, number>;
} {
  const cases: SpecCase[] = [];
  const leftOut = new Map<string, number>();
  const seen = new Set<string>();
  for (const { file, section, original } of originals(tests)) {
    const reason = LEFT_OUT[file] ?? (isAboutProtobuf(original) ? 'protobuf' : undefined);
    const id = uniqueId(`${file}/${section}/${original.name}`, seen);
    if (reason === undefined) cases.push(caseOf(id, file, original));
    else leftOut.set(`${file} (${reason})`, (leftOut.get(`${file} (${reason})`) ?? 0) + 1);
  }
  return { cases, leftOut };
}

/** Some cases of a section have the same name. */
function uniqueId(id: string, seen: Set<string>): string {
  let unique = id;
  for (let number = 2; seen.has(unique); number += 1) unique = `${id}#${number}`;
  seen.add(unique);
  return unique;
}

function isAboutProtobuf(original: Original): boolean {
  return PROTOBUF.test(JSON.stringify(original));
}

function* originals(
  suite: SerializedIncrementalTestSuite,
): Generator<{ readonly file: string; readonly section: string; readonly original: Original }> {
  for (const file of suite.suites ?? []) {
    for (const section of file.suites ?? []) {
      for (const { original } of section.tests ?? []) {
        yield { file: file.name, section: section.name, original: original as unknown as Original };
      }
    }
  }
}

function caseOf(id: string, file: string, original: Original): SpecCase {
  const variables = (original.typeEnv ?? []).filter(({ ident }) => ident !== undefined);
  const values = Object.entries(original.bindings ?? {});
  return {
    id,
    file,
    expression: original.expr,
    types: Object.fromEntries(variables.map(({ name, ident }) => [name, ident?.type ?? {}])),
    values: Object.fromEntries(values.map(([name, { value }]) => [name, value ?? {}])),
    ...expectationOf(original),
  };
}

function expectationOf(original: Original): Pick<SpecCase, 'expected'> {
  if (original.checkOnly) return {};
  if (original.evalError !== undefined) return { expected: 'error' };
  const expected = original.value ?? original.typedResult?.result ?? { boolValue: true };
  return { expected };
}
