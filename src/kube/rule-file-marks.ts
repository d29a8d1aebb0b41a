import { stat } from 'node:fs/promises';
import { manifestFilesOf } from './manifests.ts';

/**
 * A text that is another one when a file of these paths was written, replaced, added or removed, or a link leads
 * elsewhere. Costs one look at each file, and reads none. Never rejects.
 */
export async function ruleFileMarks(paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(paths.map(marksOf));
  return marks.flat().join('\n');
}

async function marksOf(path: string): Promise<readonly string[]> {
  try {
    const files = await manifestFilesOf(path);
    return [path, ...(await Promise.all(files.map(markOf)))];
  } catch (reason) {
    return [`${path}: ${codeOf(reason)}`];
  }
}

async function markOf(file: string): Promise<string> {
  try {
    // Every write and every change of name sets the time of the last change, whatever a program says of the others.
    const { dev, ino, size, ctimeNs } = await stat(file, { bigint: true });
    return `${file}: ${dev} ${ino} ${size} ${ctimeNs}`;
  } catch (reason) {
    return `${file}: ${codeOf(reason)}`;
  }
}

function codeOf(reason: unknown): string {
  return String((reason as { readonly code?: unknown }).code);
}
