import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';
import type { ResourceRequest, WatchAnswer, WatchStream } from './api-request.ts';
import { parseListOptions, parseWatchParameters } from './list-options.ts';
import { formOf } from './read-requests.ts';
import { rowSelection } from './row-selection.ts';
import type { WatchHub } from './watch-hub.ts';
import { tellInitial, type WatchRequest, type WatchStart, watchStart } from './watch-start.ts';
import { Watcher } from './watcher.ts';

/** Without a word from the client a watch ends after this long and up to twice of it, as in Kubernetes. */
const TIMEOUT_SECONDS = 1_800;

/** What a watch is answered with. */
export interface WatchSources {
  readonly hub: (withBodies: boolean) => WatchHub;
  readonly clock: Clock;
  readonly random: Random;
}

/** Answers `watch`. Rejects with everything that can be known before the first line. */
export async function watchObjects(
  request: ResourceRequest,
  sources: WatchSources,
): Promise<WatchAnswer> {
  const { resource, namespace } = request.target;
  const options = parseListOptions(request.query);
  const parameters = parseWatchParameters(request.query);
  const form = formOf(request);
  const selection = rowSelection(resource, namespace, options);
  const hub = sources.hub(form.readsBody || selection.readsBody);
  await hub.join();
  try {
    const watch: WatchRequest = { hub, selection, form, parameters, signal: request.signal };
    const start = await watchStart(watch);
    return {
      tell: (stream) => tell({ watch, start, sources }, stream),
      done: () => hub.leave(),
    };
  } catch (reason) {
    hub.leave();
    throw reason;
  }
}

interface Telling {
  readonly watch: WatchRequest;
  readonly start: WatchStart;
  readonly sources: WatchSources;
}

async function tell(
  { watch, start, sources: { clock, random } }: Telling,
  stream: WatchStream,
): Promise<void> {
  const { hub, selection, form, parameters, signal } = watch;
  const { matched, position } = start;
  const { allowsBookmarks } = parameters;
  const seconds = parameters.timeoutSeconds ?? TIMEOUT_SECONDS * (1 + random.next());
  const watcher = new Watcher({
    hub,
    selection,
    form,
    sink: stream.sink,
    position,
    matched,
    allowsBookmarks,
    signal,
  });
  const cancel = clock.schedule(seconds * 1_000, () => {
    watcher.bookmark();
    watcher.end();
  });
  try {
    await tellInitial(watch, start, stream);
    stream.onDrain(() => watcher.drained());
    hub.add(watcher);
    watcher.pump();
    await stream.closed;
  } finally {
    cancel();
    watcher.end();
  }
}
