import type { IncomingMessage } from 'node:http';
import { load, YAMLException } from 'js-yaml';
import { MOST_LEVELS } from './api-limits.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { refusal } from './status.ts';

/** What reading a body may cost. */
export interface BodyLimits {
  readonly mostBytes: number;
  readonly memory: MemoryBudget;
}

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/**
 * Reads the whole body and hands it to `work`; its bytes count as taken until that is done. Throws
 * `RequestEntityTooLarge` as soon as it is known to be too large, `TooManyRequests` when there is no
 * room, `BadRequest` when the client went away in the middle.
 */
export async function withBody<T>(
  request: IncomingMessage,
  { mostBytes, memory }: BodyLimits,
  work: (body: Buffer) => Promise<T>,
): Promise<T> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > mostBytes) throw tooLarge(mostBytes);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw refusal('UnsupportedMediaType', `content-encoding ${encoding.slice(0, 50)} is not taken`);
  }
  let taken = 0;
  try {
    memory.take(announced);
    taken = announced;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostBytes) throw tooLarge(mostBytes);
      if (size > taken) {
        memory.take(size - taken);
        taken = size;
      }
      chunks.push(chunk);
    }
    return await work(Buffer.concat(chunks));
  } finally {
    memory.give(taken);
  }
}

/**
 * The value that a body holds: JSON, or YAML when `contentType` says so. Throws `BadRequest` for what is
 * neither, for what is nested without measure and for YAML whose aliases make it larger than it is;
 * `UnsupportedMediaType` for other types, protobuf among them.
 */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  const isYaml = YAML_TYPES.includes(type);
  if (!isYaml && type !== 'application/json' && !type.endsWith('+json')) {
    throw refusal(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
    );
  }
  const text = textOf(body);
  const value = isYaml ? yamlOf(text) : jsonOf(text);
  const flaw = flawOfValue(value, { depth: 0, left: { values: text.length + 1 } });
  if (flaw !== undefined) throw refusal('BadRequest', `the body of the request: ${flaw}`);
  return value;
}

/** Without its parameters, lower case; JSON when there is none. */
export function mediaType(contentType: string | undefined): string {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  return type || 'application/json';
}

function tooLarge(mostBytes: number) {
  return refusal('RequestEntityTooLarge', `Request entity too large: limit is ${mostBytes}`);
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw refusal('BadRequest', 'the body of the request: expected UTF-8');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (reason) {
    throw unreadable('JSON', reason);
  }
}

function yamlOf(text: string): unknown {
  try {
    return load(text);
  } catch (reason) {
    if (reason instanceof YAMLException || reason instanceof RangeError)
      throw unreadable('YAML', reason);
    throw reason;
  }
}

function unreadable(format: string, reason: unknown) {
  const why = reason instanceof Error ? reason.message.split('\n')[0] : '';
  return refusal('BadRequest', `the body of the request is no ${format}: ${why?.slice(0, 300)}`);
}

/** Each value has a character of its own at least, so that more values than characters are repeats. */
function flawOfValue(
  value: unknown,
  { depth, left }: { readonly depth: number; readonly left: { values: number } },
): string | undefined {
  left.values -= 1;
  if (left.values < 0) return 'its aliases repeat more than is taken';
  if (typeof value !== 'object' || value === null) return flawOfScalar(value);
  if (depth >= MOST_LEVELS) return `it is nested deeper than ${MOST_LEVELS} levels`;
  if (Object.hasOwn(value, '__proto__')) return '"__proto__" is no name of a field';
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
    return 'expected only objects, lists, texts, numbers, true, false and null';
  }
  for (const each of Object.values(value)) {
    const flaw = flawOfValue(each, { depth: depth + 1, left });
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** YAML has infinities, which JSON has not; a number such as 1e999 is one too. */
function flawOfScalar(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value} is no number of JSON`;
  if (value === undefined || typeof value === 'bigint') return 'a value is no value of JSON';
  return undefined;
}
