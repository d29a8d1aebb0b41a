import { RULE_KINDS } from '#model/rule-objects.js';
import type { Manifest } from './manifest-documents.ts';
import { readManifests } from './manifests.ts';
import type { RuleReading } from './rule-reading.ts';

/** Group of the kinds that are about rules. */
const GROUP = 'kubescape.io/';
const KINDS: ReadonlySet<unknown> = new Set(RULE_KINDS);

/**
 * The objects of files and folders that are about rules, in the order of `paths`. Objects of other kinds may stand
 * beside them; a path that leads to a file with nothing else is a problem, and so is what cannot be read. What is not
 * there is a warning. Never rejects.
 */
export async function readRuleFiles(paths: readonly string[]): Promise<Required<RuleReading>> {
  const readings = await Promise.all(paths.map(readPath));
  return {
    objects: readings.flatMap(({ objects }) => objects),
    problems: readings.flatMap(({ problems }) => problems),
    warnings: readings.flatMap(({ warnings }) => warnings),
  };
}

async function readPath(path: string): Promise<Required<RuleReading>> {
  const { manifests, errors, files } = await readManifests([path]);
  const objects = manifests.filter(isAboutRules);
  const missing = errors.filter(({ code }) => code === 'not-found');
  const problems = errors.filter(({ code }) => code !== 'not-found');
  const isFileWithNothing = files.includes(path) && objects.length === 0 && errors.length === 0;
  return {
    objects,
    problems: [
      ...problems.map(({ message }) => message),
      ...(isFileWithNothing ? [`${path}: expected ${RULE_KINDS.join(' or ')}, found neither`] : []),
    ],
    warnings: missing.map(({ message }) => message),
  };
}

/** Of our group, or of no kind at all: whoever reads rules says what is wrong with these. */
function isAboutRules({ object: { apiVersion, kind } }: Manifest): boolean {
  if (typeof kind !== 'string' || KINDS.has(kind)) return true;
  return typeof apiVersion === 'string' && apiVersion.startsWith(GROUP);
}
