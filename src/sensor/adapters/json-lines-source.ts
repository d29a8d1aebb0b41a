import { release } from 'node:os';
import { AgentError } from '#model/agent-error.js';
import type { EventSource, EventType, RawEvent, RawRecord } from '#model/raw-event.js';
import { isRecord } from '#profile/is-record.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { type ChunkLine, ChunkLines } from './chunk-lines.ts';
import type { ContainerCgroups } from './container-cgroups.ts';
import { LineFields } from './line-fields.ts';
import type { LineInput } from './line-input.ts';
import type { LineMeaning, LineParser } from './line-meaning.ts';
import { UnusableLines } from './unusable-lines.ts';

/** Longer than any line of the tools; Tetragon's arguments have at most some hundred KB. */
const MAX_LINE_BYTES = 1024 * 1024;

interface JsonLinesParts {
  /** As a person wrote it, for messages: `tetragon:/var/log/tetragon.log`. */
  readonly name: string;
  readonly input: LineInput;
  readonly parse: LineParser;
  /** The kinds of event that its lines can tell. */
  readonly types: readonly EventType[];
  readonly cgroups: ContainerCgroups;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default 1 MiB. */
  readonly maxLineBytes?: number;
}

type RunOptions = Parameters<EventSource['run']>[0];

/**
 * Lines of another tool as events. Each line counts exactly once: as an event, in a `suppressed` record (a process
 * of the host, or nothing that happened), in a `lost` one (the tool says so), as `damaged` (no line of the tool, too
 * long), or not at all where the tool speaks of what no event stands for; empty lines do not count.
 *
 * Numbers are given here, from 1 in each run: what the tool lost unsaid leaves no gap.
 */
export class JsonLinesSource implements EventSource {
  readonly #parts: JsonLinesParts;
  readonly #unusable: UnusableLines;

  constructor(parts: JsonLinesParts) {
    this.#parts = parts;
    this.#unusable = new UnusableLines(parts);
  }

  /** Rejects as its input does: with `unavailable` when that cannot be read or has ended. */
  async run({ onRecords, signal }: RunOptions): Promise<void> {
    const { clock, input, name, types } = this.#parts;
    const run = new LinesRun(this.#parts, this.#unusable);
    const give = (records: readonly RawRecord[]) => {
      if (records.length > 0) onRecords(records);
    };
    await input.read({
      signal,
      onOpen: () => {
        const programs = types.map((type) => `${name} ${type}`);
        give([{ type: 'ready', timeMs: clock.now(), kernel: release(), programs, skipped: [] }]);
      },
      onChunk: (chunk) => give(run.push(chunk)),
      onEnd: () => give(run.end()),
      onGap: (reason) => give([...run.end(), ...run.damaged(reason)]),
    });
    // A line that is not whole yet was not told yet.
    give([run.totals()]);
  }
}

/** From the opening of the input to its end. */
class LinesRun {
  readonly #parts: JsonLinesParts;
  readonly #unusable: UnusableLines;
  readonly #lines: ChunkLines;
  #numbered = 0;
  #lost = 0;
  #unwanted: Partial<Record<EventType, number>> = {};

  constructor(parts: JsonLinesParts, unusable: UnusableLines) {
    this.#parts = parts;
    this.#unusable = unusable;
    this.#lines = new ChunkLines(parts.maxLineBytes ?? MAX_LINE_BYTES);
  }

  push(chunk: Uint8Array): readonly RawRecord[] {
    return this.#records(this.#lines.push(chunk));
  }

  /** What is left of a last line. */
  end(): readonly RawRecord[] {
    return this.#records(this.#lines.end());
  }

  damaged(reason: string): readonly RawRecord[] {
    this.#unusable.damaged(reason);
    this.#numbered += 1;
    const { clock, name } = this.#parts;
    return [{ type: 'damaged', timeMs: clock.now(), reason: `${name}: ${reason}` }];
  }

  totals(): RawRecord {
    const timeMs = this.#parts.clock.now();
    return { type: 'totals', timeMs, emitted: this.#numbered, lost: this.#lost };
  }

  #records(lines: readonly ChunkLine[]): readonly RawRecord[] {
    const records = lines.flatMap((line) => this.#recordsOf(line));
    const unwanted = this.#unwanted;
    if (Object.keys(unwanted).length === 0) return records;
    this.#unwanted = {};
    const timeMs = this.#parts.clock.now();
    return [...records, { type: 'suppressed', timeMs, duplicates: {}, unwanted }];
  }

  #recordsOf({ number, text }: ChunkLine): readonly RawRecord[] {
    if (text === undefined) return this.damaged(`line ${number}: it is far too long`);
    if (text.trim() === '') return [];
    try {
      return this.#take(this.#parts.parse(fieldsOf(text), this.#parts.clock.now()));
    } catch (reason) {
      const error = AgentError.from(reason);
      if (error.code !== 'invalid') throw error;
      return this.damaged(`line ${number}: ${error.message}`);
    }
  }

  #take(meaning: LineMeaning): readonly RawRecord[] {
    switch (meaning.kind) {
      case 'event':
        return this.#event(meaning);
      case 'unwanted':
        this.#leaveOut(meaning.type);
        return [];
      case 'foreign':
        this.#unusable.foreign(meaning.what);
        return [];
      case 'lost':
        return this.#loss(meaning.count);
      default:
        return meaning satisfies never;
    }
  }

  #event({ event, container }: LineMeaning & { readonly kind: 'event' }): readonly RawRecord[] {
    if (container.id === '') {
      this.#leaveOut(event.type);
      return [];
    }
    const { cgroupId, record } = this.#parts.cgroups.cgroupOf(container, event.timeMs);
    this.#numbered += 1;
    const numbered: RawEvent = { ...event, seq: this.#numbered, cgroupId };
    return record === undefined ? [numbered] : [record, numbered];
  }

  #loss(count: number): readonly RawRecord[] {
    if (count === 0) return [];
    this.#numbered += count;
    this.#lost += count;
    return [{ type: 'lost', timeMs: this.#parts.clock.now(), count }];
  }

  #leaveOut(type: EventType): void {
    this.#unwanted[type] = (this.#unwanted[type] ?? 0) + 1;
  }
}

function fieldsOf(text: string): LineFields {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new AgentError('invalid', 'expected one JSON object');
  }
  if (!isRecord(fields)) throw new AgentError('invalid', 'expected one JSON object');
  return new LineFields(fields);
}
