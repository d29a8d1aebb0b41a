import { readFileSync } from 'node:fs';

/** Where a field of a C struct is, and how large. */
export interface RecordField {
  readonly offset: number;
  readonly size: number;
}

/** What records.h declares, as a compiler of a 64-bit machine lays it out. */
export interface RecordHeader {
  readonly constants: ReadonlyMap<string, number>;
  readonly structs: ReadonlyMap<string, RecordStruct>;
}

export interface RecordStruct {
  readonly size: number;
  readonly fields: ReadonlyMap<string, RecordField>;
}

interface Type {
  readonly size: number;
  readonly align: number;
}

const NUMBERS: Readonly<Record<string, Type>> = {
  __u8: { size: 1, align: 1 },
  char: { size: 1, align: 1 },
  __u16: { size: 2, align: 2 },
  __u32: { size: 4, align: 4 },
  __s32: { size: 4, align: 4 },
  __u64: { size: 8, align: 8 },
};

/** Reads the part of C that records.h is written in; throws at anything else. */
export function readRecordHeader(url: URL): RecordHeader {
  const source = readFileSync(url, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const constants = new Map<string, number>();
  for (const [, name = '', value = ''] of source.matchAll(/^#define (\w+) (\w+)$/gm)) {
    constants.set(name, Number(value));
  }
  for (const [, body = ''] of source.matchAll(/enum \w+ \{([^}]*)\}/g)) readEnum(body, constants);
  const types = new Map<string, Type>(Object.entries(NUMBERS));
  const structs = new Map<string, RecordStruct>();
  for (const [, name = '', body = ''] of source.matchAll(/struct (\w+) \{([^}]*)\};/g)) {
    const { align, ...struct } = readStruct(body, types, constants);
    types.set(`struct ${name}`, { size: struct.size, align });
    structs.set(name, struct);
  }
  return { constants, structs };
}

function readEnum(body: string, constants: Map<string, number>): void {
  let next = 0;
  for (const entry of body.split(',')) {
    const [, name, , value] = /^\s*(\w+)(\s*=\s*(.+?))?\s*$/.exec(entry) ?? [];
    if (name === undefined) continue;
    if (value !== undefined) next = evaluate(value);
    constants.set(name, next);
    next += 1;
  }
}

/** A number, or a number shifted. */
function evaluate(text: string): number {
  const [, number, , bits] = /^(\d+)( << (\d+))?$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`records.h: a value that is not understood: ${text}`);
  return Number(number) << Number(bits ?? 0);
}

function readStruct(
  body: string,
  types: ReadonlyMap<string, Type>,
  constants: ReadonlyMap<string, number>,
): RecordStruct & { readonly align: number } {
  const fields = new Map<string, RecordField>();
  let end = 0;
  let align = 1;
  for (const line of body.split(';')) {
    const text = line.trim();
    if (text === '') continue;
    const [, typeName = '', name = '', , count] =
      /^((?:struct )?\w+) (\w+)(\[(\w+)\])?$/.exec(text) ?? [];
    const type = types.get(typeName);
    if (type === undefined) throw new Error(`records.h: a field that is not understood: ${text}`);
    const times = count === undefined ? 1 : (constants.get(count) ?? Number(count));
    const offset = roundUp(end, type.align);
    fields.set(name, { offset, size: type.size * times });
    end = offset + type.size * times;
    align = Math.max(align, type.align);
  }
  return { size: roundUp(end, align), align, fields };
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
