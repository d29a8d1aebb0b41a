import { dirname, isAbsolute, join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import { RULE_KINDS, type RuleObject } from '#model/rule-objects.js';
import { isRecord } from '#profile/is-record.js';
import { listedObjects } from './listed-objects.ts';
import { isAboutRules, objectProblem } from './object-problem.ts';
import { type PlacedDocument, placedDocuments } from './placed-document.ts';
import type { RunnableTestFile } from './run-test-file.ts';
import { isTestFile, parseTestFile } from './test-file.ts';
import type { TextFile, TextFiles } from './text-files.ts';

/**
 * The files of tests at a path: the file itself, or those of a folder that look like one. A file that cannot be
 * used is an `invalid` or `not-found` error that names it, in its place.
 */
export async function loadTestFiles(
  path: string,
  files: TextFiles,
): Promise<readonly (RunnableTestFile | AgentError)[]> {
  try {
    const read = await files.read(path);
    const isFolder = read.length !== 1 || read[0]?.file !== path;
    const loaded: (RunnableTestFile | AgentError)[] = [];
    for (const one of read) {
      const file = await loadOne(one, files, isFolder);
      if (file) loaded.push(file);
    }
    if (loaded.length > 0) return loaded;
    return [new AgentError('invalid', `${path}: there is no file of rule tests in it`)];
  } catch (reason) {
    return [AgentError.from(reason, 'invalid')];
  }
}

/** Undefined for a file of a folder that is something else. */
async function loadOne(
  { file, text }: TextFile,
  files: TextFiles,
  isOfFolder: boolean,
): Promise<RunnableTestFile | AgentError | undefined> {
  try {
    const documents = placedDocuments(text, file);
    if (isOfFolder && !documents.some(({ value }) => isTestFile(value))) return undefined;
    const [document, ...more] = documents;
    if (document === undefined || more.length > 0) {
      throw new AgentError('invalid', `${file}: expected one document, got ${documents.length}`);
    }
    return await loadTestDocument(document, file, files);
  } catch (reason) {
    return AgentError.from(reason, 'invalid');
  }
}

/** A document of tests with the rules that it names. Rejects when either cannot be used. */
export async function loadTestDocument(
  { value, source }: PlacedDocument,
  file: string,
  files: TextFiles,
): Promise<RunnableTestFile> {
  const content = parseTestFile(value, source);
  const objects: RuleObject[] = [];
  for (const [index, path] of content.rules.entries()) {
    const at = isAbsolute(path) ? path : join(dirname(file), path);
    try {
      objects.push(...(await ruleObjectsAt(at, files)));
    } catch (reason) {
      const { code, message } = AgentError.from(reason, 'invalid');
      throw new AgentError(code, `${file}: rules.${index}: ${message}`, { cause: reason });
    }
  }
  return { file, content, objects };
}

/** The manifests of rules and bindings in a file or folder; at least one. Rejects when one is wrong as a whole. */
async function ruleObjectsAt(path: string, files: TextFiles): Promise<readonly RuleObject[]> {
  const read = await files.read(path);
  const all = read.flatMap(({ file, text }) => placedDocuments(text, file).flatMap(objectsIn));
  const objects = all.filter(({ object }) => isAboutRules(object));
  for (const object of objects) {
    const problem = objectProblem(object);
    if (problem) throw problem;
  }
  if (objects.length > 0) return objects;
  const kinds = [...new Set(all.map(({ object }) => String(object['kind'])))];
  const expected = RULE_KINDS.join(' or ');
  const found = kinds.join(', ') || 'neither';
  throw new AgentError('invalid', `${path}: expected ${expected}, found ${found}`);
}

/** Tests may stand beside the rules, in a folder. */
function objectsIn({ value, source }: PlacedDocument): readonly RuleObject[] {
  if (isTestFile(value)) return [];
  if (!isRecord(value)) throw new AgentError('invalid', `${source}: expected a manifest of rules`);
  return listedObjects(value).map(({ object, path }) => {
    const items = path.filter((key) => typeof key === 'number');
    return { source: [source, ...items.map((index) => `item ${index + 1}`)].join(', '), object };
  });
}
