import { celUint } from '#cel/cel-uint.js';

/** The value of a field that does not apply to an event, by the field's type. */
export const ZERO_BY_TYPE: Readonly<Record<string, unknown>> = {
  bool: false,
  int: 0n,
  'list<dyn>': Object.freeze([]),
  'map<string, dyn>': new Map(),
  string: '',
  uint: celUint(0),
};
