/** One encoded field of a protobuf message, or none. */
export type WireField = Buffer | undefined;

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** A message: its fields one after the other. */
export function message(fields: readonly WireField[]): Buffer {
  return Buffer.concat(fields.filter((field) => field !== undefined));
}

/** A field with a message in it. Present even when the message is empty. */
export function messageField(number: number, value: Buffer | undefined): WireField {
  if (value === undefined) return;
  return Buffer.concat([tag(number, DELIMITED), varint(value.length), value]);
}

/** A field of text. Empty and absent are the same. */
export function textField(number: number, value: string | undefined): WireField {
  return value === undefined || value === '' ? undefined : messageField(number, Buffer.from(value));
}

/** A repeated field of text; empty texts stay. */
export function textFields(
  number: number,
  values: readonly string[] | undefined,
): readonly WireField[] {
  return (values ?? []).map((value) => messageField(number, Buffer.from(value)));
}

/** A truth value; false and absent are the same. */
export function flagField(number: number, value: boolean | undefined): WireField {
  return value === true ? Buffer.concat([tag(number, VARINT), varint(1)]) : undefined;
}

/** A whole number that is not negative; 0 and absent are the same. */
export function countField(number: number, value: number | undefined): WireField {
  if (value === undefined || value === 0) return;
  return Buffer.concat([tag(number, VARINT), varint(value)]);
}

/** A floating-point number; 0 and absent are the same. */
export function doubleField(number: number, value: number | undefined): WireField {
  if (value === undefined || value === 0) return;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), bytes]);
}

function tag(number: number, type: number): Buffer {
  return varint(number * 8 + type);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
