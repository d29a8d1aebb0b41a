import type { HttpEndpoint } from '#model/profile.js';
import type { HttpEvent } from '#model/raw-event.js';
import { learnedEndpoint } from './learned-endpoint.ts';
import { type HeaderChoice, LearnedHeaders } from './learned-headers.ts';
import { OldestFirst } from './oldest-first.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** Requests as they came that are remembered with the endpoint they belong to. */
const MAX_REMEMBERED_URLS = 1_024;
const MAX_REMEMBERED_URL_CHARS = 512;
/** HTTP knows nine methods, WebDAV two dozen; a client can make up more. */
const MAX_METHODS = 32;
const MAX_METHOD_CHARS = 32;
/** JSON of an endpoint around its own text. */
const ENDPOINT_FRAME_CHARS = 70;

interface LearnedHttp {
  readonly endpoint: string;
  readonly direction: HttpEvent['direction'];
  readonly internal: boolean;
  readonly methods: string[];
  readonly headers: LearnedHeaders;
  sizeChars: number;
  /** Of the last request: mostly the next one has the same. */
  lastMethod: string;
  lastHost: string;
}

/** The HTTP endpoints that were asked for, each once for either direction with all methods and headers. */
export class RecordedEndpoints implements RecordedSurface<HttpEndpoint> {
  readonly #room: Room;
  readonly #headers: HeaderChoice;
  readonly #endpoints = new OldestFirst<LearnedHttp>((_key, { sizeChars }) => sizeChars);
  /** By {@link placeOf}, then by the request's target as it came. */
  readonly #recent = new Map<number, Map<string, LearnedHttp>>();
  #remembered = 0;

  constructor(room: Room, headers: HeaderChoice) {
    this.#room = room;
    this.#headers = headers;
  }

  get leftBehind(): number {
    return this.#endpoints.leftBehind;
  }

  /** False when the request's path is longer than what is kept. */
  observe(event: HttpEvent): boolean {
    let known = this.#recent.get(placeOf(event))?.get(event.url);
    if (known === undefined) {
      const endpoint = learnedEndpoint(event);
      if (endpoint === undefined) return false;
      known = this.#find(event, endpoint);
      if (known === undefined) return true;
      this.#remember(event, known);
    }
    const { method, host } = event;
    if (method !== known.lastMethod) this.#addMethod(known, method);
    if (host !== known.lastHost || !this.#headers.isHostOnly) this.#addHeaders(known, event);
    return true;
  }

  take(portion: Portion, limit: number): readonly HttpEndpoint[] {
    return this.#endpoints.take(portion, limit).map(([, learned]) => {
      const { endpoint, methods, internal, direction, headers } = learned;
      const all = headers.all;
      return { endpoint, methods, internal, direction, ...(all && { headers: all }) };
    });
  }

  markLeftBehind(): void {
    this.#endpoints.markLeftBehind();
    this.#forgetRequests();
  }

  #find({ direction, internal }: HttpEvent, endpoint: string): LearnedHttp | undefined {
    const key = `${direction} ${internal} ${endpoint}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const sizeChars = endpoint.length + ENDPOINT_FRAME_CHARS;
    if (!this.#room.admit(sizeChars)) return undefined;
    const headers = new LearnedHeaders();
    const added = {
      ...{ endpoint, direction, internal, methods: [], headers, sizeChars },
      ...{ lastMethod: '', lastHost: '' },
    };
    this.#endpoints.set(key, added);
    return added;
  }

  #remember(event: HttpEvent, learned: LearnedHttp): void {
    if (event.url.length > MAX_REMEMBERED_URL_CHARS) return;
    if (this.#remembered >= MAX_REMEMBERED_URLS) this.#forgetRequests();
    this.#remembered += 1;
    const place = placeOf(event);
    const urls = this.#recent.get(place);
    if (urls === undefined) this.#recent.set(place, new Map([[event.url, learned]]));
    else urls.set(event.url, learned);
  }

  #forgetRequests(): void {
    this.#recent.clear();
    this.#remembered = 0;
  }

  #addMethod(learned: LearnedHttp, method: string): void {
    const { methods } = learned;
    learned.lastMethod = method;
    if (methods.includes(method) || method === '') return;
    if (methods.length >= MAX_METHODS || method.length > MAX_METHOD_CHARS) return;
    if (!this.#room.grow(method.length)) return;
    methods.push(method);
    learned.sizeChars += method.length;
  }

  #addHeaders(learned: LearnedHttp, event: HttpEvent): void {
    const { headers } = learned;
    learned.lastHost = event.host;
    this.#headers.forEach(event, (name, value) => {
      learned.sizeChars += headers.add(name, value, this.#room);
    });
  }
}

/** Port, direction and whether it is internal in one number. */
function placeOf({ port, direction, internal }: HttpEvent): number {
  return port * 4 + (direction === 'inbound' ? 2 : 0) + (internal ? 1 : 0);
}
