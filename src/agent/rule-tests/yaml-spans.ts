import { EVENT_ID, getScalarValue, type parseEvents } from 'js-yaml';

/** Keys and positions from a document's root to a value. */
export type FieldPath = readonly (string | number)[];

/** Where a value stands in its text, as offsets. */
export interface NodeSpan {
  /** Where its key begins; of a list's item or a root, the value itself. */
  readonly keyStart: number;
  readonly start: number;
  /** Behind its last character; of a list or an object the same as `start`. */
  readonly end: number;
  /** The decoded text of a scalar. */
  readonly text?: string;
  /** How many columns of every line are not part of a text in a block; absent for other texts. */
  readonly indent?: number;
}

type YamlEvent = ReturnType<typeof parseEvents>[number];

/** A list or an object that is being read. */
interface Level {
  readonly path: FieldPath;
  readonly isList: boolean;
  count: number;
  /** Of an object, the key whose value comes next. */
  key: { readonly name: string; readonly start: number } | undefined;
}

/** For each document of a text, the spans of its values, by their path as JSON. */
export function nodeSpans(
  text: string,
  events: readonly YamlEvent[],
): readonly ReadonlyMap<string, NodeSpan>[] {
  const reader = new SpanReader(text);
  for (const event of events) reader.take(event);
  return reader.documents;
}

class SpanReader {
  readonly documents: Map<string, NodeSpan>[] = [];
  readonly #text: string;
  /** What is open, the innermost last; undefined is a document. */
  readonly #levels: (Level | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  take(event: YamlEvent): void {
    if (event.type === EVENT_ID.POP) {
      this.#levels.pop();
    } else if (event.type === EVENT_ID.DOCUMENT) {
      this.documents.push(new Map());
      this.#levels.push(undefined);
    } else {
      this.#takeNode(event, this.#levels.at(-1));
    }
  }

  #takeNode(event: YamlEvent, level: Level | undefined): void {
    const span = spanOf(this.#text, event);
    if (level !== undefined && isKey(level)) {
      level.key = { name: span.text ?? '', start: span.start };
      // A key that is a list or an object closes with a pop like any other.
      this.#open(event, []);
      return;
    }
    const path = pathBelow(level);
    const keyStart = level?.key?.start ?? span.start;
    this.documents.at(-1)?.set(JSON.stringify(path), { ...span, keyStart });
    if (level) level.key = undefined;
    this.#open(event, path);
  }

  #open({ type }: YamlEvent, path: FieldPath): void {
    const isList = type === EVENT_ID.SEQUENCE;
    if (!isList && type !== EVENT_ID.MAPPING) return;
    this.#levels.push({ path, isList, count: 0, key: undefined });
  }
}

function isKey(level: Level): boolean {
  return !level.isList && level.key === undefined;
}

function pathBelow(level: Level | undefined): FieldPath {
  if (level === undefined) return [];
  if (!level.isList) return [...level.path, level.key?.name ?? ''];
  level.count += 1;
  return [...level.path, level.count - 1];
}

function spanOf(text: string, event: YamlEvent): Omit<NodeSpan, 'keyStart'> {
  if (event.type === EVENT_ID.SCALAR) {
    const { valueStart: start, valueEnd: end, indent } = event;
    return { start, end, text: getScalarValue(text, event), ...(indent >= 0 && { indent }) };
  }
  const start = 'start' in event ? event.start : 'anchorStart' in event ? event.anchorStart : 0;
  return { start, end: start };
}
