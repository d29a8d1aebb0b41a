import { loadAll, parseEvents, YAMLException } from 'js-yaml';
import { plainProblem } from '#kube/plain-value.js';
import { AgentError } from '#model/agent-error.js';
import { TextPlaces } from './text-places.ts';
import { type FieldPath, type NodeSpan, nodeSpans } from './yaml-spans.ts';

/** A place in a file; both numbers begin at 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One document of a file, and where in the file each of its values stands. */
export interface PlacedDocument {
  /** What to call it in messages: the file, and which document of it when it has several. */
  readonly source: string;
  readonly value: unknown;
  /** Where the value at a path begins; where there is none, the nearest that contains it. */
  place(path: FieldPath): Place;
  /** Where a character of the text at a path stands, by its offset in the decoded text. */
  placeInText(path: FieldPath, offset: number): Place;
}

/**
 * Reads the documents of a text in YAML or JSON. Throws `invalid` that names file and line when it
 * is neither, or has a value that cannot be walked safely.
 */
export function placedDocuments(text: string, file: string): readonly PlacedDocument[] {
  const plain = text.replace(/^\uFEFF/, '');
  const { values, spans } = parsed(plain, file);
  const places = new TextPlaces(plain);
  return values.flatMap((value, index) => {
    if (value === null || value === undefined) return [];
    const source = values.length > 1 ? `${file}, document ${index + 1}` : file;
    const problem = plainProblem(value);
    if (problem !== undefined) throw new AgentError('invalid', `${source}: ${problem}`);
    return [documentOf({ source, file, value, spans: spans[index] ?? new Map(), places })];
  });
}

function documentOf(parts: {
  readonly source: string;
  readonly file: string;
  readonly value: unknown;
  readonly spans: ReadonlyMap<string, NodeSpan>;
  readonly places: TextPlaces;
}): PlacedDocument {
  const { source, file, value, spans, places } = parts;
  const spanOf = (path: FieldPath): NodeSpan | undefined => {
    for (let length = path.length; length >= 0; length -= 1) {
      const span = spans.get(JSON.stringify(path.slice(0, length)));
      if (span !== undefined) return span;
    }
    return undefined;
  };
  return {
    source,
    value,
    place: (path) => ({ file, ...places.at(spanOf(path)?.keyStart ?? 0) }),
    placeInText(path, offset) {
      const span = spans.get(JSON.stringify(path));
      if (span?.text === undefined) return this.place(path);
      return { file, ...places.at(places.offsetInScalar(span, span.text, offset)) };
    },
  };
}

function parsed(text: string, file: string) {
  try {
    return { values: loadAll(text), spans: nodeSpans(text, parseEvents(text, {})) };
  } catch (cause) {
    const isYaml = cause instanceof YAMLException;
    const line = isYaml && cause.mark ? `:${cause.mark.line + 1}` : '';
    const reason = isYaml ? cause.reason : AgentError.from(cause).message;
    throw new AgentError('invalid', `${file}${line}: expected YAML or JSON: ${reason}`, { cause });
  }
}
