import { type QueryValues, refuseOptions } from './query-values.ts';
import { refusal, type StatusCause } from './status.ts';

/** Which version of the list is wanted. */
export type WantedVersion =
  | { readonly match: 'any' }
  | { readonly match: 'not-older' | 'exact'; readonly version: number };

/** The parameters that `list` and `watch` share, checked. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Absent or 0: no bound. */
  readonly limit: number | undefined;
  readonly continueToken: string;
  readonly wanted: WantedVersion;
  readonly isWatch: boolean;
}

/** What a watch begins with. */
export interface WatchParameters {
  /** The objects that are there come first, each as ADDED. */
  readonly withInitialEvents: boolean;
  /** A bookmark tells that they were all. */
  readonly marksInitialEvents: boolean;
  /** Only later changes are told. Absent: what happens from now on. */
  readonly after: number | undefined;
  readonly allowsBookmarks: boolean;
  /** Absent: the server decides. */
  readonly timeoutSeconds: number | undefined;
}

const MATCHES = ['Exact', 'NotOlderThan'];

/** Reads the parameters of `list`, `watch` and `deletecollection`. Throws `BadRequest` or `Invalid`. */
export function parseListOptions(query: QueryValues): ListOptions {
  const isWatch = query.flag('watch') ?? false;
  refuseOptions('ListOptions', isWatch ? flawOfWatch(query) : flawOfList(query));
  const limit = query.count('limit');
  const continueToken = query.text('continue');
  const version = versionOf(query);
  if (continueToken !== '' && version) {
    throw refusal('BadRequest', 'specifying resource version is not allowed when using continue');
  }
  return {
    labelSelector: query.text('labelSelector'),
    fieldSelector: query.text('fieldSelector'),
    limit,
    continueToken,
    wanted: wantedVersion(version, { match: query.text('resourceVersionMatch'), limit }),
    isWatch,
  };
}

/** Reads what only a watch has; after {@link parseListOptions}. */
export function parseWatchParameters(query: QueryValues): WatchParameters {
  const sendInitialEvents = query.flag('sendInitialEvents');
  const version = versionOf(query);
  return {
    withInitialEvents: sendInitialEvents ?? !version,
    marksInitialEvents: sendInitialEvents === true,
    after: version || undefined,
    allowsBookmarks: query.flag('allowWatchBookmarks') ?? false,
    timeoutSeconds: query.count('timeoutSeconds') || undefined,
  };
}

/** The rules of `ValidateListOptions` in apimachinery. */
function flawOfList(query: QueryValues): StatusCause | undefined {
  const match = query.text('resourceVersionMatch');
  if (query.flag('sendInitialEvents') !== undefined) {
    return forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  if (match === '') return undefined;
  if (query.text('resourceVersion') === '') {
    return forbidden(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (match === 'Exact' && query.text('resourceVersion') === '0') {
    return forbidden(
      'resourceVersionMatch',
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  }
  return flawOfMatch(query, MATCHES);
}

function flawOfWatch(query: QueryValues): StatusCause | undefined {
  const match = query.text('resourceVersionMatch');
  const isInitial = query.flag('sendInitialEvents') !== undefined;
  if (isInitial && match !== 'NotOlderThan') {
    return forbidden(
      'resourceVersionMatch',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  if (match === '') return undefined;
  if (!isInitial) {
    return forbidden(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  return flawOfMatch(query, ['NotOlderThan']);
}

function flawOfMatch(query: QueryValues, supported: readonly string[]): StatusCause | undefined {
  const match = query.text('resourceVersionMatch');
  if (!supported.includes(match)) {
    return {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: "${match.slice(0, 50)}": supported values: ${supported.join(', ')}`,
      field: 'resourceVersionMatch',
    };
  }
  if (query.text('continue') === '') return undefined;
  return forbidden(
    'resourceVersionMatch',
    'resourceVersionMatch is forbidden when continue is provided',
  );
}

function forbidden(field: string, words: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${words}`, field };
}

function versionOf(query: QueryValues): number | undefined {
  return query.count('resourceVersion');
}

/** Without a word about it a version with a limit is that version, as it always was. */
function wantedVersion(
  version: number | undefined,
  { match, limit }: { readonly match: string; readonly limit: number | undefined },
): WantedVersion {
  if (!version) return { match: 'any' };
  const isExact = match === 'Exact' || (match === '' && (limit ?? 0) > 0);
  return { match: isExact ? 'exact' : 'not-older', version };
}
