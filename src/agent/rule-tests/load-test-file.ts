import { dirname, isAbsolute, join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { isRecord } from '#profile/is-record.js';
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
  for (const path of content.rules) {
    const found = await ruleObjectsAt(isAbsolute(path) ? path : join(dirname(file), path), files);
    if (found.length === 0) {
      throw new AgentError('invalid', `${file}: rules: expected rules in ${path}, found none`);
    }
    objects.push(...found);
  }
  return { file, content, objects };
}

async function ruleObjectsAt(path: string, files: TextFiles): Promise<readonly RuleObject[]> {
  const read = await files.read(path);
  return read.flatMap(({ file, text }) =>
    placedDocuments(text, file).flatMap(({ value, source }) => ruleObjects(value, source)),
  );
}

/** The manifests of rules and bindings in a document; what else stands in it is not looked at. */
function ruleObjects(value: unknown, source: string): readonly RuleObject[] {
  if (!isRecord(value)) throw new AgentError('invalid', `${source}: expected a manifest of rules`);
  const { kind, items } = value;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const apiVersion = value['apiVersion'];
    const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item, index) =>
      isRecord(item) ? ruleObjects({ ...inherited, ...item }, `${source}, item ${index + 1}`) : [],
    );
  }
  const isAboutRules = kind === 'Rules' || kind === 'RuntimeRuleAlertBinding';
  return isAboutRules ? [{ source, object: value }] : [];
}
