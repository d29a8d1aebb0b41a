import type { HttpEndpoint } from '#model/profile.js';
import type { HttpEvent } from '#model/raw-event.js';
import { learnedEndpoint } from './learned-endpoint.ts';
import { type HeaderChoice, LearnedHeaders } from './learned-headers.ts';
import { OldestFirst } from './oldest-first.ts';
import { RecentRequests } from './recent-requests.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** HTTP knows nine methods, WebDAV two dozen; a client can make up more. They are counted as dropped. */
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
}

/** The HTTP endpoints that were asked for, each once for either direction with all methods and headers. */
export class RecordedEndpoints implements RecordedSurface<HttpEndpoint> {
  readonly #room: Room;
  readonly #headers: HeaderChoice;
  readonly #endpoints = new OldestFirst<LearnedHttp>((_key, { sizeChars }) => sizeChars);
  readonly #recent = new RecentRequests<LearnedHttp>();

  constructor(room: Room, headers: HeaderChoice) {
    this.#room = room;
    this.#headers = headers;
  }

  get leftBehind(): number {
    return this.#endpoints.leftBehind;
  }

  /** False when the request's path or method is longer than what is kept: then nothing of it is. */
  observe(event: HttpEvent): boolean {
    if (event.method.length > MAX_METHOD_CHARS) return false;
    const recent = this.#recent.find(event);
    if (recent === undefined) return this.#record(event);
    if (event.method !== recent.method && this.#addMethod(recent.endpoint, event.method)) {
      this.#recent.noteMethod(recent, event.method);
    }
    if (event.host === recent.host && this.#headers.isHostOnly) return true;
    if (this.#addHeaders(recent.endpoint, event)) this.#recent.noteHost(recent, event.host);
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
    this.#recent.forget();
  }

  #record(event: HttpEvent): boolean {
    const endpoint = learnedEndpoint(event);
    if (endpoint === undefined) return false;
    const known = this.#find(event, endpoint);
    if (known === undefined) return true;
    const isWhole = this.#addMethod(known, event.method);
    if (this.#addHeaders(known, event) && isWhole) this.#recent.remember(event, known);
    return true;
  }

  /** A new one has the event's method from the start: without any it would allow all. */
  #find({ direction, internal, method }: HttpEvent, endpoint: string): LearnedHttp | undefined {
    const key = `${direction} ${internal} ${endpoint}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const sizeChars = endpoint.length + ENDPOINT_FRAME_CHARS + method.length;
    if (!this.#room.admit(sizeChars)) return undefined;
    const headers = new LearnedHeaders();
    const methods = method === '' ? [] : [method];
    const added = { endpoint, direction, internal, methods, headers, sizeChars };
    this.#endpoints.set(key, added);
    return added;
  }

  /** False when it is not there afterwards, which was counted. */
  #addMethod(learned: LearnedHttp, method: string): boolean {
    const { methods } = learned;
    if (methods.includes(method) || method === '') return true;
    if (methods.length >= MAX_METHODS) {
      this.#room.miss();
      return false;
    }
    if (!this.#room.grow(method.length)) return false;
    methods.push(method);
    learned.sizeChars += method.length;
    return true;
  }

  /** False when there was no room for one of them. */
  #addHeaders(learned: LearnedHttp, event: HttpEvent): boolean {
    let isWhole = true;
    this.#headers.forEach(event, (name, value) => {
      const sizeChars = learned.headers.add(name, value, this.#room);
      if (sizeChars === undefined) isWhole = false;
      else learned.sizeChars += sizeChars;
    });
    return isWhole;
  }
}
