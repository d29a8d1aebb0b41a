import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { ChangeBell, Sleeper } from './change-bell.ts';
import type { RowEvent, StoredKind } from './object-store.ts';
import type { Change } from './object-tables.ts';
import type { ProfileTables } from './profile-tables.ts';
import { refuseAborted } from './refuse-aborted.ts';

/** A watch that has told nothing for so long tells a bookmark: half of what the port allows. */
const BOOKMARK_INTERVAL_MS = 30_000;

/** How many changes a watch holds at most; the others stay in the tables until it has told these. */
const PAGE_CHANGES = 256;
/** And how many bytes of bodies, about: pages begin with one change, and double while they are smaller. */
const PAGE_BYTES = 500_000;

/** Work without a pause for others, while a long history is told. */
const WORK_SLICE_MS = 10;

/** What a watch reads from, and is woken by. */
export interface WatchSources {
  readonly tables: ProfileTables;
  readonly clock: Clock;
  readonly bell: ChangeBell;
}

/** What a watch is about. */
export interface WatchStart {
  readonly kind: StoredKind;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Only later changes are told. NaN, which lies in no history, for what is none of our versions. */
  readonly after: number;
  readonly withBodies: boolean;
  readonly signal: AbortSignal;
}

/** The next changes, as many as fit. Nothing up to `position` is missing once they are told. */
interface Page extends Pick<Sleeper, 'position' | 'foreignWrites'> {
  /** There may be more. */
  readonly isFull: boolean;
  readonly changes: readonly Change[];
}

/**
 * Tells the changes after a version, page by page from the tables: nothing is queued for a reader who
 * is slow; one who is too slow hears `expired`. The first bookmark comes as soon as everything that
 * was there is told. Holds a timer and listeners only while somebody waits in `next`.
 */
export class ChangeWatch implements AsyncIterableIterator<RowEvent> {
  readonly #sources: WatchSources;
  readonly #start: WatchStart;
  readonly #events: AsyncGenerator<RowEvent, void>;
  #bookmarkAtMs = Number.NEGATIVE_INFINITY;
  #pageChanges = 1;
  #sliceStartMs = 0;
  #isStopped = false;
  #wake = () => {};

  constructor(sources: WatchSources, start: WatchStart) {
    this.#sources = sources;
    this.#start = start;
    if (!start.withBodies) this.#pageChanges = PAGE_CHANGES;
    this.#events = this.#tellAll();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Rejects once, with `expired`, `unavailable`, `aborted` or `internal`; the watch has ended then. */
  next(): Promise<IteratorResult<RowEvent, void>> {
    return this.#events.next();
  }

  /** Ends the watch at once, also while a call of `next` waits. */
  return(): Promise<IteratorResult<RowEvent, void>> {
    this.#isStopped = true;
    this.#wake();
    return this.#events.return();
  }

  async *#tellAll(): AsyncGenerator<RowEvent, void> {
    const { clock } = this.#sources;
    let position = this.#start.after;
    this.#sliceStartMs = clock.monotonic();
    while (!this.#isStopped) {
      refuseAborted(this.#start.signal);
      const page = this.#pageAfter(position);
      position = page.position;
      if (page.changes.length > 0) {
        yield* this.#tell(page);
        if (page.isFull) await this.#giveWay();
      } else if (clock.monotonic() >= this.#bookmarkAtMs) {
        this.#bookmarkAtMs = clock.monotonic() + BOOKMARK_INTERVAL_MS;
        yield { type: 'bookmark', resourceVersion: position };
      } else {
        // Nothing can be written between the look at the tables and this: there is no wait between.
        await this.#sleep(page);
      }
    }
  }

  *#tell({ changes }: Page): Generator<RowEvent, void> {
    for (const { type, row } of changes) {
      refuseAborted(this.#start.signal);
      // The first bookmark is due all the same.
      if (Number.isFinite(this.#bookmarkAtMs)) {
        this.#bookmarkAtMs = this.#sources.clock.monotonic() + BOOKMARK_INTERVAL_MS;
      }
      yield { type, row };
    }
  }

  #pageAfter(after: number): Page {
    const { tables } = this.#sources;
    const { kind, namespace, withBodies } = this.#start;
    return tables.read(() => {
      const foreignWrites = tables.foreignWrites();
      const { forgotten, last } = tables.objects.history();
      if (!(after >= forgotten && after <= last)) throw expired(this.#start, { forgotten, last });
      const query = { kind, namespace, after, withBodies, limit: this.#pageChanges };
      const changes = tables.objects.changes(query);
      const isFull = changes.length === this.#pageChanges;
      if (isFull) this.#pageChanges = nextPageChanges(changes);
      const position = isFull ? (changes.at(-1)?.row.resourceVersion ?? last) : last;
      return { changes, position, foreignWrites, isFull };
    });
  }

  async #giveWay(): Promise<void> {
    const { clock } = this.#sources;
    if (clock.monotonic() - this.#sliceStartMs < WORK_SLICE_MS) return;
    await clock.sleep(0, this.#start.signal);
    this.#sliceStartMs = clock.monotonic();
  }

  /** Until something is written, a bookmark is due, or the watch is to end. */
  async #sleep({ position, foreignWrites }: Page): Promise<void> {
    const { clock, bell } = this.#sources;
    const { kind, namespace, signal } = this.#start;
    await new Promise<void>((resolve) => {
      const wake = () => {
        leave();
        cancel();
        signal.removeEventListener('abort', wake);
        this.#wake = () => {};
        resolve();
      };
      const leave = bell.add({ kind, namespace, position, foreignWrites, wake });
      const cancel = clock.schedule(this.#bookmarkAtMs - clock.monotonic(), wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
    this.#sliceStartMs = clock.monotonic();
  }
}

function nextPageChanges(changes: readonly Change[]): number {
  const bytes = changes.reduce((sum, { row }) => sum + (row.body?.length ?? 0), 0);
  const fitting = Math.floor((PAGE_BYTES * changes.length) / Math.max(1, bytes));
  return Math.max(1, Math.min(fitting, 2 * changes.length, PAGE_CHANGES));
}

function expired(
  { kind, after }: WatchStart,
  { forgotten, last }: { readonly forgotten: number; readonly last: number },
): AgentError {
  return new AgentError(
    'expired',
    `watch of ${kind} from version ${after}: only changes from ${forgotten} to ${last} are remembered, list anew`,
  );
}
