import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** The kernel takes one variable of at most 128 KiB; what comes after is not looked at. */
const MAX_BYTES = 128 * 1024;

/**
 * The environment that a process began with, from `/proc/<pid>/environ`, its first 128 KiB; undefined when it cannot
 * be read. Of a variable that is there twice the last counts, as it does for the dynamic linker. Never waits,
 * never throws. Values may be secrets: they are for rules, and never written anywhere.
 */
export function processEnviron(
  pid: number,
  procRoot = '/proc',
): ReadonlyMap<string, string> | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const bytes = firstBytes(join(procRoot, String(pid), 'environ'));
  return bytes && parsed(bytes);
}

function firstBytes(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const bytes = Buffer.allocUnsafe(MAX_BYTES);
    let length = 0;
    // A read of a file in /proc gives a page at most.
    for (let read = -1; read !== 0 && length < MAX_BYTES; length += read) {
      read = readSync(descriptor, bytes, length, MAX_BYTES - length, null);
    }
    return bytes.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function parsed(bytes: Buffer): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const entries = bytes.toString('utf8').split('\0');
  // The last one was cut off, or is empty.
  if (bytes.length === MAX_BYTES) entries.pop();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at > 0) variables.set(entry.slice(0, at), entry.slice(at + 1));
  }
  return variables;
}
