import { AgentError } from '#model/agent-error.js';

type Page = Readonly<Record<string, unknown>>;
type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a list answered, all pages together. */
export interface ListAnswer {
  /** Of the moment that the list shows. Empty when the server gives none. */
  readonly resourceVersion: string;
  /** As the server sent them, not checked. */
  readonly items: readonly unknown[];
}

/** What client-go asks for. */
const PAGE_ITEMS = 500;
/** A server whose tokens never end is not followed for ever. */
const MAX_PAGES = 10_000;

/**
 * Reads a list page by page. A token that has expired on the way makes it start over, without pages this time:
 * one answer cannot expire. Rejects as `get` does, and with `unavailable` when what came is no list.
 */
export async function listAllPages(
  get: (query: Query) => Promise<Page>,
  query: Query = {},
): Promise<ListAnswer> {
  try {
    return await readPages(get, { limit: PAGE_ITEMS, ...query });
  } catch (reason) {
    if (AgentError.from(reason).code !== 'expired') throw reason;
    return await readPages(get, { ...query, limit: undefined, resourceVersion: undefined });
  }
}

async function readPages(get: (query: Query) => Promise<Page>, query: Query): Promise<ListAnswer> {
  const items: unknown[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    // The token knows the version; servers refuse both together.
    const page = await get(
      token ? { ...query, continue: token, resourceVersion: undefined } : query,
    );
    const metadata = (page['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
    const found = page['items'] ?? [];
    if (!Array.isArray(found)) {
      throw new AgentError('unavailable', 'a list without items: expected a Kubernetes list');
    }
    for (const item of found) items.push(item);
    token = textOf(metadata['continue']);
    if (token === '') return { resourceVersion: textOf(metadata['resourceVersion']), items };
  }
  throw new AgentError('unavailable', `a list of more than ${MAX_PAGES} pages`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
