import type { HttpEvent } from '#model/raw-event.js';
import { MAX_SHARED_CHARS, SharedTexts } from './shared-texts.ts';
import { textSketch } from './sketch.ts';
import { SketchTable } from './sketch-table.ts';

/** Targets that are remembered, and what all of them may hold; at a limit all are forgotten. */
const MAX_TARGETS = 2_048;
const MAX_CHARS = 131_072;
const MAX_URL_CHARS = 512;

/** A target that was asked for as it came, with the endpoint it belongs to. */
export interface RecentRequest<Endpoint> {
  readonly url: string;
  /** Port, direction and whether it is internal in one number. */
  readonly place: number;
  readonly endpoint: Endpoint;
  /** Of the last request: mostly the next one has the same. Both are recorded for the endpoint. */
  method: string;
  host: string;
}

/** The targets of requests that came lately and are recorded. */
export class RecentRequests<Endpoint> {
  readonly #requests = new SketchTable<RecentRequest<Endpoint>>(MAX_TARGETS);
  #texts = new SharedTexts();
  #chars = 0;

  find(event: HttpEvent): RecentRequest<Endpoint> | undefined {
    return this.#requests.find(sketchOf(event), event, isSame);
  }

  /** All of the request is recorded. */
  remember(event: HttpEvent, endpoint: Endpoint): void {
    const { url, method, host } = event;
    if (url.length > MAX_URL_CHARS) return;
    if (this.#chars + url.length > MAX_CHARS || this.#requests.size >= MAX_TARGETS) this.forget();
    const request = { url, place: placeOf(event), endpoint, method: '', host: '' };
    this.noteMethod(request, method);
    this.noteHost(request, host);
    this.#requests.add(sketchOf(event), request);
    this.#chars += url.length;
  }

  noteMethod(request: RecentRequest<Endpoint>, method: string): void {
    if (method.length <= MAX_SHARED_CHARS) request.method = this.#texts.of(method);
  }

  noteHost(request: RecentRequest<Endpoint>, host: string): void {
    if (host.length <= MAX_SHARED_CHARS) request.host = this.#texts.of(host);
  }

  /** What was recorded has been taken out and must be recorded again. */
  forget(): void {
    this.#requests.clear();
    this.#texts = new SharedTexts();
    this.#chars = 0;
  }
}

function sketchOf(event: HttpEvent): number {
  return textSketch(placeOf(event), event.url);
}

function isSame(known: RecentRequest<unknown>, event: HttpEvent): boolean {
  return known.url === event.url && known.place === placeOf(event);
}

function placeOf({ port, direction, internal }: HttpEvent): number {
  return port * 4 + (direction === 'inbound' ? 2 : 0) + (internal ? 1 : 0);
}
