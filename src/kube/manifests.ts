import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import { type Manifest, type Manifests, parseManifests } from './manifest-documents.ts';

/** Far above any object that an API server takes (1.5 MiB), with room for long lists. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MANIFEST_NAME = /\.(ya?ml|json)$/;

/** True of the name of a file that counts in a folder of manifests. */
export function isManifestName(name: string): boolean {
  return MANIFEST_NAME.test(name);
}

/**
 * Reads the Kubernetes objects in files and folders; of a folder, its `*.yaml`, `*.yml` and `*.json`
 * files in the order of their names, without folders below it. Objects come in the order of `paths`.
 * What cannot be read or understood is an error that names it (`not-found`, `invalid`, `too-large`);
 * everything else is still returned, with the `files` that were looked at. Never rejects.
 */
export async function readManifests(
  paths: readonly string[],
): Promise<Manifests & { readonly files: readonly string[] }> {
  const manifests: Manifest[] = [];
  const errors: AgentError[] = [];
  const files: string[] = [];
  for (const path of paths) {
    try {
      for (const file of await manifestFilesOf(path)) {
        files.push(file);
        const read = await readManifestFile(file).catch((reason) => failed(file, reason));
        manifests.push(...read.manifests);
        errors.push(...read.errors);
      }
    } catch (reason) {
      errors.push(...failed(path, reason).errors);
    }
  }
  return { manifests, errors, files };
}

/** The path itself when it is no folder, else the manifests in it by name. Rejects as `stat` and `readdir` do. */
export async function manifestFilesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => isManifestName(entry.name) && !entry.isDirectory())
    .map((entry) => join(path, entry.name))
    .sort();
}

async function readManifestFile(file: string): Promise<Manifests> {
  // Without O_NONBLOCK, opening a named pipe waits for somebody to write to it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new AgentError('invalid', `${file}: expected a regular file`);
    if (stats.size > MAX_FILE_BYTES) {
      throw new AgentError(
        'too-large',
        `${file}: expected at most ${MAX_FILE_BYTES} bytes, got ${stats.size}`,
      );
    }
    return parseManifests(decoded(await handle.readFile(), file), file);
  } finally {
    await handle.close();
  }
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AgentError('invalid', `${file}: expected text in UTF-8`, { cause });
  }
}

function failed(path: string, reason: unknown): Manifests {
  if (reason instanceof AgentError) return { manifests: [], errors: [reason] };
  const isMissing = (reason as { readonly code?: unknown }).code === 'ENOENT';
  const what = isMissing ? 'no such file or folder' : AgentError.from(reason).message;
  const error = new AgentError(isMissing ? 'not-found' : 'invalid', `${path}: ${what}`, {
    cause: reason,
  });
  return { manifests: [], errors: [error] };
}
