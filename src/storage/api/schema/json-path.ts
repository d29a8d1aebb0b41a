import { AgentError } from '#model/agent-error.js';

/**
 * The steps of a path such as `.spec.rules[0].id` or `.metadata.annotations['a\.b/c']`: the part of
 * JSONPath of Kubernetes that columns need. Throws `invalid` for anything else.
 */
export function parseJsonPath(path: string): readonly string[] {
  const steps: string[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^(?:\.([\w-]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\])/.exec(rest);
    if (match === null) throw new AgentError('invalid', `${path}: expected a path of fields`);
    const [whole, field, key, index] = match;
    steps.push(field ?? index ?? (key ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(whole.length);
  }
  return steps;
}

/** The value at these steps, or undefined when there is none. */
export function valueAt(object: unknown, steps: readonly string[]): unknown {
  let value = object;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
