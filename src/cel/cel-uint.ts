import { UnsignedInt } from '@marcbachmann/cel-js/evaluator';

/** A value of type `uint` from a whole number of 0 or more. Throws on anything else. */
export function celUint(value: number | bigint): object {
  return new UnsignedInt(BigInt(value));
}
