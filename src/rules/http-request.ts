import type { HttpEvent } from '#model/raw-event.js';
import { REQUEST_FIELDS } from './event-fields.ts';
import { presenceOf } from './presence.ts';

/** `event.request`: an HTTP request, or one with nothing in it for events that are none. */
export class HttpRequest {
  readonly #event: HttpEvent | undefined;

  constructor(event?: HttpEvent) {
    this.#event = event;
  }

  /** As text, as far as the source kept it. */
  get body(): string {
    return this.#event?.body ?? '';
  }

  /** By name in canonical form (`User-Agent`), each with all its values. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    const headers = new Map<string, readonly string[]>();
    for (const [written, values] of Object.entries(this.#event?.headers ?? {})) {
      const name = canonicalHeader(written);
      headers.set(name, [...(headers.get(name) ?? []), ...values]);
    }
    return headers;
  }

  get host(): string {
    return this.#event?.host ?? '';
  }

  get method(): string {
    return this.#event?.method ?? '';
  }

  /** Without the query. */
  get path(): string {
    return this.#event?.url.split(/[?#]/, 1)[0] ?? '';
  }

  /** As in the request line. */
  get url(): string {
    return this.#event?.url ?? '';
  }

  /** Undefined when there is no request: `has()` of its fields is false then. */
  get presence(): true | undefined {
    return this.#event && true;
  }
}

for (const field of Object.keys(REQUEST_FIELDS)) {
  Object.defineProperty(HttpRequest.prototype, presenceOf(field), {
    get(this: HttpRequest) {
      return this.presence;
    },
  });
}

/** The request of an event that has none. */
export const NO_REQUEST: HttpRequest = new HttpRequest();

/** As Go's `textproto.CanonicalMIMEHeaderKey` writes it, which rules rely on. */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
