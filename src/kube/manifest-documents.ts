import { loadAll, YAMLException } from 'js-yaml';
import { AgentError } from '#model/agent-error.js';
import { plainProblem } from './plain-value.ts';

/** One Kubernetes object as it was written, its fields not checked yet. */
export interface Manifest {
  /** Where it stands, for messages: the file, and which document or item of it when it has several. */
  readonly source: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** What was read, and what could not be. */
export interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly errors: readonly AgentError[];
}

/** One document: its text and the lines before it, or its value when that is known already. */
type Document = { readonly text: string; readonly line: number } | { readonly value: unknown };

/**
 * Reads the objects in a text: JSON, or YAML with any number of documents. Lists are replaced by
 * their items. A document that is not valid is one error that names `source`, line and what was
 * expected; the others are still used.
 */
export function parseManifests(text: string, source: string): Manifests {
  const manifests: Manifest[] = [];
  const errors: AgentError[] = [];
  const plain = text.replace(/^\uFEFF/, '');
  const json = jsonOf(plain);
  const documents = json === undefined ? documentsOf(plain) : [json];
  for (const [index, document] of documents.entries()) {
    const where = documents.length > 1 ? `${source}, document ${index + 1}` : source;
    try {
      for (const value of valuesOf(document, source)) {
        for (const item of itemsOf(value, where)) {
          if (item instanceof AgentError) errors.push(item);
          else manifests.push(item);
        }
      }
    } catch (reason) {
      errors.push(AgentError.from(reason, 'invalid'));
    }
  }
  return { manifests, errors };
}

/**
 * Cuts a text at its `---` lines, which end a document wherever they stand, and leaves out what has
 * nothing but directives and comments. Cut first and read after, so that a broken one breaks no other.
 */
function documentsOf(text: string): readonly Document[] {
  const documents: Document[] = [];
  let part: string[] = [];
  let line = 0;
  for (const [index, content] of text.split('\n').entries()) {
    if (/^---(\s|$)/.test(content) && !isBlank(part)) {
      documents.push({ text: part.join('\n'), line });
      part = [];
      line = index;
    }
    part.push(content);
  }
  return isBlank(part) ? documents : [...documents, { text: part.join('\n'), line }];
}

/** Says nothing: a mark, directives (which belong to what follows), comments and empty lines. */
function isBlank(lines: readonly string[]): boolean {
  return lines.every((line) => /^(---|%|\.\.\.)?\s*(#.*)?$/.test(line) || line.startsWith('%'));
}

/** The text as JSON, which is read much faster than as YAML; undefined when it is something else. */
function jsonOf(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function valuesOf(document: Document, source: string): readonly unknown[] {
  if ('value' in document) return [document.value];
  try {
    return loadAll(document.text).filter((value) => value !== null && value !== undefined);
  } catch (cause) {
    const isYaml = cause instanceof YAMLException;
    const line = document.line + (isYaml ? (cause.mark?.line ?? 0) : 0) + 1;
    const reason = isYaml ? cause.reason : AgentError.from(cause).message;
    throw new AgentError('invalid', `${source}:${line}: expected YAML or JSON: ${reason}`, {
      cause,
    });
  }
}

/** The objects of a document: itself, or the items of a list. An item that is no object is an error. */
function itemsOf(value: unknown, where: string): readonly (Manifest | AgentError)[] {
  const manifest = manifestOf(value, where);
  if (manifest instanceof AgentError) return [manifest];
  const { kind, apiVersion, items } = manifest.object;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    return [manifest];
  }
  // The items of a PodList and so on leave their kind and version to it; those of a List do not.
  const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item: unknown, index) => {
    const part = manifestOf(item, `${where}, item ${index + 1}`);
    if (part instanceof AgentError) return part;
    return { ...part, object: { ...inherited, ...part.object } };
  });
}

function manifestOf(value: unknown, source: string): Manifest | AgentError {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? 'a list' : `a ${typeof value}`;
    return new AgentError('invalid', `${source}: expected a Kubernetes object, got ${got}`);
  }
  const problem = plainProblem(value);
  if (problem !== undefined) return new AgentError('invalid', `${source}: ${problem}`);
  return { source, object: value as Readonly<Record<string, unknown>> };
}
