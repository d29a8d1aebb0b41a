import { readFileSync } from 'node:fs';
import type { RawEvent, RawRecord } from '#model/raw-event.js';
import { isRawEvent } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ContainerCgroups } from '../adapters/container-cgroups.ts';
import { GADGET_EVENT_TYPES, parseGadgetLine } from '../adapters/inspektor-gadget-lines.ts';
import { JsonLinesSource } from '../adapters/json-lines-source.ts';
import { LineFields } from '../adapters/line-fields.ts';
import type { LineInput, LineInputHooks } from '../adapters/line-input.ts';
import type { LineMeaning, LineParser } from '../adapters/line-meaning.ts';
import { parseTetragonLine, TETRAGON_EVENT_TYPES } from '../adapters/tetragon-lines.ts';

/** When the clock of adapter tests stands: 2026-01-01T00:00:00Z. */
export const ADAPTER_NOW_MS = 1_767_225_600_000;

/** The tools whose lines are read, with a file of samples for each. */
export const ADAPTER_TOOLS = {
  ig: { parse: parseGadgetLine, types: GADGET_EVENT_TYPES, sample: 'inspektor-gadget.jsonl' },
  tetragon: { parse: parseTetragonLine, types: TETRAGON_EVENT_TYPES, sample: 'tetragon.jsonl' },
} as const;

/** One of {@link ADAPTER_TOOLS}. */
export type AdapterTool = keyof typeof ADAPTER_TOOLS;

/** The sample lines of a tool, as they stand in `examples/adapters`. */
export function sampleText(tool: AdapterTool): string {
  const file = new URL(`../../../examples/adapters/${ADAPTER_TOOLS[tool].sample}`, import.meta.url);
  return readFileSync(file, 'utf8');
}

/** An input that gives these chunks and has ended. */
export class GivenChunks implements LineInput {
  readonly #chunks: readonly (string | Uint8Array)[];

  constructor(chunks: readonly (string | Uint8Array)[]) {
    this.#chunks = chunks;
  }

  async read({ onOpen, onChunk, onEnd }: LineInputHooks): Promise<void> {
    onOpen();
    for (const chunk of this.#chunks) onChunk(Buffer.from(chunk));
    onEnd();
  }
}

/** A source over an input, on a clock of its own unless one is given. */
export function aJsonLinesSource(
  tool: AdapterTool,
  input: LineInput,
  given: { readonly maxLineBytes?: number; readonly clock?: VirtualClock } = {},
): JsonLinesSource {
  const { parse, types } = ADAPTER_TOOLS[tool];
  return new JsonLinesSource({
    clock: new VirtualClock(ADAPTER_NOW_MS),
    ...given,
    name: tool,
    ...{ input, parse, types },
    cgroups: new ContainerCgroups(),
    log: silentLogger,
  });
}

/** Everything that a source says of these chunks. */
export async function recordsOf(
  tool: AdapterTool,
  chunks: readonly (string | Uint8Array)[],
): Promise<readonly RawRecord[]> {
  const records: RawRecord[] = [];
  const source = aJsonLinesSource(tool, new GivenChunks(chunks));
  const { signal } = new AbortController();
  await source.run({ onRecords: (batch) => records.push(...batch), signal });
  return records;
}

/** The events among records. */
export function eventsOf(records: readonly RawRecord[]): readonly RawEvent[] {
  return records.filter(isRawEvent);
}

/** What one line means, given as an object. */
export function meaningOf(parse: LineParser, line: object): LineMeaning {
  return parse(new LineFields(line as Record<string, unknown>), ADAPTER_NOW_MS);
}

/** The event of one line that is one. */
export function eventOf(parse: LineParser, line: object): Omit<RawEvent, 'seq' | 'cgroupId'> {
  const meaning = meaningOf(parse, line);
  if (meaning.kind !== 'event') throw new Error(`no event: ${JSON.stringify(meaning)}`);
  return meaning.event as Omit<RawEvent, 'seq' | 'cgroupId'>;
}
