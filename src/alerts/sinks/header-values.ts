import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';

/** A value as it stands, in a file that is read for each request, or in the environment. */
export type HeaderValue = string | { readonly file: string } | { readonly env: string };

/** The values of headers for one request. */
export type HeaderValues = () => Promise<Readonly<Record<string, string>>>;

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Control characters could begin another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Headers as they were configured, ready to be asked for. Throws `invalid` when a variable is not set, a file cannot
 * be read, or a name or value cannot stand in a header; `where` names the setting.
 */
export function headerValues(
  headers: Readonly<Record<string, HeaderValue>>,
  environment: Readonly<Record<string, string | undefined>>,
  where: string,
): HeaderValues {
  const fixed: Record<string, string> = {};
  const files: [name: string, path: string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    const field = `${where}: headers.${name}`;
    if (!NAME.test(name))
      throw new AgentError('invalid', `${field}: expected the name of a header`);
    if (typeof value === 'object' && 'file' in value) {
      readable(value.file, field);
      files.push([name.toLowerCase(), value.file]);
    } else {
      fixed[name.toLowerCase()] = fixedValue(value, environment, field);
    }
  }
  return async () => {
    const read = files.map(async ([name, path]) => {
      return [name, checked(await readFile(path, 'utf8'), path)] as const;
    });
    return { ...fixed, ...Object.fromEntries(await Promise.all(read)) };
  };
}

/** Throws `invalid` when the file of a setting cannot be read. */
export function readable(path: string, field: string): void {
  try {
    readFileSync(path);
  } catch (cause) {
    const { message } = AgentError.from(cause);
    throw new AgentError('invalid', `${field}: expected a file that can be read: ${message}`, {
      cause,
    });
  }
}

function fixedValue(
  value: string | { readonly env: string },
  environment: Readonly<Record<string, string | undefined>>,
  field: string,
): string {
  if (typeof value === 'string') return checked(value, field);
  const found = environment[value.env];
  if (found !== undefined) return checked(found, field);
  throw new AgentError('invalid', `${field}: expected the variable ${value.env} to be set`);
}

/** Its value is in no message: it may be a secret. */
function checked(value: string, field: string): string {
  const trimmed = value.trim();
  if (VALUE.test(trimmed)) return trimmed;
  throw new AgentError('invalid', `${field}: expected text that can stand in a header`);
}
