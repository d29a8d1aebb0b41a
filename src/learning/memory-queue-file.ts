import type { QueueChange, QueueFile, QueueRow } from './queue-file.ts';

type RowKey = Pick<QueueRow, 'table' | 'key'>;

/** A queue's rows without a file: for replays and tests. Ends with the process, not with the queue that used it. */
export class MemoryQueueFile implements QueueFile {
  readonly #rows = new Map<string, { readonly row: QueueRow; readonly body: string | undefined }>();

  rows(): readonly QueueRow[] {
    return [...this.#rows.values()].map(({ row }) => row);
  }

  body(key: RowKey): string | undefined {
    return this.#rows.get(idOf(key))?.body;
  }

  commit(changes: readonly QueueChange[]): void {
    for (const change of changes) {
      const id = idOf(change.row);
      if (change.type === 'remove') this.#rows.delete(id);
      else this.#rows.set(id, { row: change.row, body: change.body ?? this.#rows.get(id)?.body });
    }
  }

  /** What it holds stays, for a queue that is opened on it again. */
  close(): void {}
}

function idOf({ table, key }: RowKey): string {
  return `${table} ${key}`;
}
