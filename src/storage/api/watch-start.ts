import { AgentError } from '#model/agent-error.js';
import type { WatchStream } from './api-request.ts';
import { aroundObject, eventFrame } from './event-frames.ts';
import type { WatchParameters } from './list-options.ts';
import type { RowForm } from './representation.ts';
import { type SelectedPage, selectedPages } from './row-pages.ts';
import type { RowSelection } from './row-selection.ts';
import { tooNew } from './version-check.ts';
import type { WatchHub } from './watch-hub.ts';
import { matchedKey } from './watcher.ts';

/** A watch that was asked for. */
export interface WatchRequest {
  readonly hub: WatchHub;
  readonly selection: RowSelection;
  readonly form: RowForm;
  readonly parameters: WatchParameters;
  readonly signal: AbortSignal;
}

/** How a watch begins. Nothing was told yet. */
export interface WatchStart {
  /** Changes after this version come after {@link initial}. */
  readonly position: number;
  readonly matched: Set<string>;
  /** What is there comes first. */
  readonly initial: AsyncIterable<SelectedPage>;
}

/**
 * Finds where a watch begins. Rejects with what is answered as HTTP status: `expired` for a version that
 * is not remembered any more or was never given, `Timeout` for an initial list of a future version.
 */
export async function watchStart(request: WatchRequest): Promise<WatchStart> {
  const { withInitialEvents, after } = request.parameters;
  if (withInitialEvents) return startWithList(request);
  const position = after ?? (await currentVersion(request));
  if (after !== undefined) await refuseForgotten(request, after);
  const matched = new Set<string>();
  if (request.selection.mayChange) {
    for await (const { rows } of pagesAt(request, position)) {
      for (const row of rows) matched.add(matchedKey(row));
    }
  }
  return { position, matched, initial: nothing() };
}

/** Tells what was there first, as additions, and a bookmark at the end when the client asked for that. */
export async function tellInitial(
  { hub, form, parameters }: WatchRequest,
  { initial, matched, position }: WatchStart,
  stream: Pick<WatchStream, 'sink' | 'room'>,
): Promise<void> {
  const { writer } = hub.sources;
  for await (const { rows } of initial) {
    for (const row of rows) {
      matched.add(matchedKey(row));
      stream.sink.write(writer.one(row, form, aroundObject('ADDED')));
    }
    await stream.room();
  }
  if (!parameters.marksInitialEvents || !parameters.allowsBookmarks) return;
  stream.sink.write(eventFrame('BOOKMARK', writer.bookmark(position, form, true)));
}

async function startWithList(request: WatchRequest): Promise<WatchStart> {
  const pages = pagesAt(request, undefined);
  const first = await pages.next();
  if (first.done) throw new AgentError('internal', 'a list without a page');
  const position = first.value.resourceVersion;
  const { after } = request.parameters;
  if (after !== undefined && after > position) throw tooNew(after, position);
  return { position, matched: new Set(), initial: withFirst(first.value, pages) };
}

async function* withFirst(first: SelectedPage, rest: AsyncIterable<SelectedPage>) {
  yield first;
  yield* rest;
}

async function* nothing(): AsyncGenerator<SelectedPage, void> {}

function pagesAt({ hub, selection, signal, form }: WatchRequest, atVersion: number | undefined) {
  return selectedPages({
    rows: hub.sources.rows,
    slices: hub.sources.slices,
    selection,
    // What is only to be known by its key needs no body.
    withBodies: atVersion === undefined && form.readsBody,
    signal,
    ...(atVersion !== undefined && { atVersion }),
  });
}

async function currentVersion({ hub, signal }: WatchRequest): Promise<number> {
  const page = await hub.sources.rows.list({ signal, withBodies: false, limit: 1 });
  return page.resourceVersion;
}

/** A store that remembers a version tells a change or a bookmark at once; otherwise it rejects. */
async function refuseForgotten({ hub, signal }: WatchRequest, after: number): Promise<void> {
  const { ring } = hub;
  if (ring?.covers(after) && after <= ring.told) return;
  const changes = hub.sources.rows.watchRows({ after, withBodies: false, signal });
  for await (const _first of changes) return;
}
