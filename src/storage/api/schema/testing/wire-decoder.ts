import assert from 'node:assert/strict';

type Value = Buffer | number;

/** A protobuf message, read without knowing its form. Fields that are not there are empty or 0. */
export class DecodedMessage {
  readonly #fields: ReadonlyMap<number, readonly Value[]>;

  constructor(fields: ReadonlyMap<number, readonly Value[]>) {
    this.#fields = fields;
  }

  texts(field: number): readonly string[] {
    return this.#bytes(field).map((bytes) => bytes.toString());
  }

  text(field: number): string {
    return this.texts(field)[0] ?? '';
  }

  messages(field: number): readonly DecodedMessage[] {
    return this.#bytes(field).map(decodeMessage);
  }

  message(field: number): DecodedMessage {
    return this.messages(field)[0] ?? new DecodedMessage(new Map());
  }

  double(field: number): number {
    return this.#bytes(field)[0]?.readDoubleLE() ?? 0;
  }

  count(field: number): number {
    const value = this.#fields.get(field)?.[0] ?? 0;
    assert.ok(typeof value === 'number');
    return value;
  }

  #bytes(field: number): readonly Buffer[] {
    return (this.#fields.get(field) ?? []).filter((value) => typeof value !== 'number');
  }
}

/** Reads a message; throws when the bytes are none. */
export function decodeMessage(bytes: Uint8Array): DecodedMessage {
  const buffer = Buffer.from(bytes);
  const fields = new Map<number, Value[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer.readUInt8(at);
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    assert.ok(at + length <= buffer.length, 'a field ends after the message');
    at += length;
    return buffer.subarray(at - length, at);
  };
  const read = (type: number): Value => {
    if (type === 0) return varint();
    assert.ok(type === 1 || type === 2, `wire type ${type}`);
    return take(type === 1 ? 8 : varint());
  };
  while (at < buffer.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    fields.set(number, [...(fields.get(number) ?? []), read(tag % 8)]);
  }
  return new DecodedMessage(fields);
}
