import { type CelMap, sizeOf } from './cel-values.ts';
import { conversionFunctions } from './conversion-functions.ts';
import type { StepBudget } from './step-budget.ts';
import { type FunctionTable, stringFunctions } from './string-functions.ts';
import { timeFunctions } from './time-functions.ts';

const FREE_TEXT = 256;

/**
 * What the functions of {@link ownFunctions} are called inside, after parsing: the language cannot
 * spell it, so that no expression can name them but by their plain names.
 */
export const OWN_PREFIX = '0own_';

/** The type of the namespace `strings`. */
export const STRINGS_TYPE = 'StringsNamespace';

/** The functions that we have in place of the library's, or that it lacks; names without prefix. */
export function ownFunctions(budget: StepBudget): FunctionTable {
  const long = (text: string) => {
    if (text.length > FREE_TEXT) budget.spendText(text.length);
    return text;
  };
  const sizeOfList = (list: readonly unknown[]) => BigInt(list.length);
  const sizeOfBytes = (bytes: Uint8Array) => BigInt(bytes.length);
  const sizeOfMap = (map: CelMap) => {
    const size = sizeOf(map);
    budget.spend(size);
    return BigInt(size);
  };
  return {
    'size(list): int': sizeOfList,
    'size(map): int': sizeOfMap,
    'size(bytes): int': sizeOfBytes,
    'list.size(): int': sizeOfList,
    'map.size(): int': sizeOfMap,
    'bytes.size(): int': sizeOfBytes,
    'string.startsWith(string): bool': (text: string, part: string) => text.startsWith(long(part)),
    'string.endsWith(string): bool': (text: string, part: string) => text.endsWith(long(part)),
    ...stringFunctions(budget),
    ...conversionFunctions(budget),
    ...timeFunctions(budget),
  };
}

/** A signature with the name that the library knows the function by. */
export function ownSignature(signature: string): string {
  return signature.replace(/\w+(?=\()/, (name) => OWN_PREFIX + name);
}

/** The name in a signature as it stands at a call: `size`, `.size`, `strings.quote`. */
export function calledName(signature: string): string {
  const [before = ''] = signature.split('(');
  if (before.startsWith(`${STRINGS_TYPE}.`)) return before.replace(STRINGS_TYPE, 'strings');
  const dot = before.lastIndexOf('.');
  return dot < 0 ? before : before.slice(dot);
}
