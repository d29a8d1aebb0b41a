import { refusal, type StatusCause } from './status.ts';

/** The query of a request, one value for each name: the first, as Kubernetes reads them. */
export class QueryValues {
  readonly #values: URLSearchParams;

  constructor(query: string) {
    this.#values = new URLSearchParams(query);
  }

  /** Empty when it is not there. */
  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** All values of a name that are not empty. */
  all(name: string): readonly string[] {
    return this.#values.getAll(name).filter((value) => value !== '');
  }

  /** Undefined when it is not there; there without a value is true. Throws `BadRequest` for other words. */
  flag(name: string): boolean | undefined {
    const value = this.#values.get(name);
    if (value === null) return undefined;
    if (value === '' || /^(?:1|t|true)$/i.test(value)) return true;
    if (/^(?:0|f|false)$/i.test(value)) return false;
    throw refusal('BadRequest', `${name}: expected true or false, got "${value.slice(0, 50)}"`);
  }

  /** A whole number from 0 on; undefined when it is not there. Throws `BadRequest`. */
  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === '') return undefined;
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw refusal('BadRequest', `${name}: expected a whole number, got "${value.slice(0, 50)}"`);
  }
}

/** Throws `Invalid` for a query whose parameters do not go together. */
export function refuseOptions(kind: string, cause: StatusCause | undefined): void {
  if (cause === undefined) return;
  throw refusal('Invalid', `${kind}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [cause],
  });
}
