import { EvaluationError } from '@marcbachmann/cel-js';

/**
 * What a function or an operator throws when it has no value for its operands. The library adds the
 * place of the call; an operator names its node itself.
 */
export function evaluationError(message: string, node?: object): EvaluationError {
  const place = node as ConstructorParameters<typeof EvaluationError>[0]['node'];
  return new EvaluationError(place ? { message, node: place } : { message });
}
