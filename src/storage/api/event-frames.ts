import type { StoredRow } from '../object-store.ts';
import type { RowForm, RowWriter } from './representation.ts';
import type { Around } from './row-json.ts';

/** What an event is called in a watch of Kubernetes. */
export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

const TYPE_OF = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const;

/** How many times an object was turned into the bytes of an event. */
export interface FrameCounter {
  serialised: number;
}

/** One change, and its bytes in every form that somebody wanted, made once for all watchers. */
export class SharedEvent {
  readonly type: EventType;
  readonly row: StoredRow;
  readonly #writer: RowWriter;
  readonly #counter: FrameCounter;
  readonly #frames = new Map<string, Buffer>();

  constructor(
    change: { readonly type: keyof typeof TYPE_OF; readonly row: StoredRow },
    writer: RowWriter,
    counter: FrameCounter,
  ) {
    this.type = TYPE_OF[change.type];
    this.row = change.row;
    this.#writer = writer;
    this.#counter = counter;
  }

  get version(): number {
    return this.row.resourceVersion;
  }

  /** About how much memory it holds, before anybody wanted bytes. */
  get sizeBytes(): number {
    return this.row.metadata.length + (this.row.body?.length ?? 0);
  }

  /** The line of a watch, told as `type`: for a selector a change can be an addition or a deletion. */
  frame(form: RowForm, type: EventType): Buffer {
    const key = `${type} ${form.key}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    this.#counter.serialised += 1;
    const frame = this.#writer.one(this.row, form, aroundObject(type));
    this.#frames.set(key, frame);
    return frame;
  }
}

/** What stands around an object to make a line of a watch of it. */
export function aroundObject(type: EventType | 'BOOKMARK' | 'ERROR'): Around {
  return [`{"type":"${type}","object":`, '}\n'];
}

/** One line of a watch about what has no row. */
export function eventFrame(type: 'BOOKMARK' | 'ERROR', objectText: string): Buffer {
  return Buffer.from(aroundObject(type).join(objectText));
}
