import type { ProfileKind } from '#model/profile.js';
import type { WatchEvent, WatchOptions } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import type { ApiClient } from './api-client.ts';
import { METADATA_LIST, METADATA_OBJECT } from './metadata-form.ts';
import { metadataOf } from './profile-object.ts';
import { collectionPath } from './profile-path.ts';
import type { WatchLine } from './watch-body.ts';

/** The port promises a sign of life within a minute; Kubernetes' own come about once a minute, or later. */
const BOOKMARK_MS = 50_000;
/** Of silence on a connection until it is given up: it may be dead and not know it. */
const IDLE_MS = 150_000;
/** Kubernetes would close a watch after half an hour or an hour, and does it hard. */
const WATCH_SECONDS = 1_800;

/** What a watch of profiles reads from. */
export interface ProfileWatchParts {
  readonly client: Pick<ApiClient, 'get' | 'watch'>;
  readonly clock: Clock;
  readonly kind: ProfileKind;
}

const TYPES = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/**
 * Changes of profiles as the port wants them. While a server with versions is silent, the last version is told
 * again: nothing up to it is missing. That says that the connection stands, which the kernel looks after, and no
 * more; after 150 s of silence the watch rejects with `unavailable`. A server without versions gets neither:
 * its watch tells what happens to come, and who reads it has to list.
 */
export async function* watchProfiles(
  parts: ProfileWatchParts,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void> {
  const { client, kind } = parts;
  const path = collectionPath(kind, options.namespace);
  let version = options.resourceVersion || (await currentVersion(client, path, signal));
  const isVersioned = version !== '';
  const lines = client.watch(path, {
    signal,
    accept: METADATA_OBJECT,
    ...(isVersioned && { idleMs: IDLE_MS }),
    query: {
      allowWatchBookmarks: true,
      resourceVersion: isVersioned ? version : undefined,
      timeoutSeconds: WATCH_SECONDS,
    },
  });
  const told = isVersioned ? heartbeats(lines, parts.clock) : lines;
  for await (const line of told) {
    if (line === undefined) {
      yield { type: 'bookmark', resourceVersion: version };
      continue;
    }
    const event = eventOf(line, path);
    if (event === undefined) continue;
    const next = event.type === 'bookmark' ? event.resourceVersion : event.metadata.resourceVersion;
    version = next || version;
    yield event;
  }
}

/** Where "what happens next" begins: without a version, Kubernetes would begin with all there is. */
async function currentVersion(
  client: ProfileWatchParts['client'],
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const page = await client.get(path, { signal, accept: METADATA_LIST, query: { limit: 1 } });
  const { resourceVersion } = Object(page['metadata']) as { readonly resourceVersion?: unknown };
  return typeof resourceVersion === 'string' ? resourceVersion : '';
}

/** The lines, and undefined whenever there was none for a while. */
async function* heartbeats(
  lines: AsyncIterator<WatchLine> & AsyncIterable<WatchLine>,
  clock: Clock,
): AsyncGenerator<WatchLine | undefined, void> {
  try {
    for (let next = lines.next(); ; ) {
      const result = await orSilence(next, clock);
      if (result === undefined) {
        yield undefined;
      } else if (result.done) {
        return;
      } else {
        yield result.value;
        next = lines.next();
      }
    }
  } finally {
    await lines.return?.();
  }
}

async function orSilence<T>(work: Promise<T>, clock: Clock): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.schedule(BOOKMARK_MS, () => resolve(undefined));
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}

/** Undefined for a bookmark that says nothing. */
function eventOf({ type, object }: WatchLine, path: string): WatchEvent | undefined {
  if (type !== 'BOOKMARK') {
    return { type: TYPES[type], metadata: metadataOf(object, `watch ${path}`) };
  }
  const { resourceVersion } = Object(object['metadata']) as { readonly resourceVersion?: unknown };
  const isVersion = typeof resourceVersion === 'string' && resourceVersion !== '';
  return isVersion ? { type: 'bookmark', resourceVersion } : undefined;
}
