import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import { redactUrl } from '#profile/redact-url.js';
import { SinkSettings } from './sink-settings.ts';

/** Settings, and what names them in messages. */
export interface SettingsRead {
  readonly where: string;
  readonly settings: SinkSettings;
}

const SHORTHANDS = [
  'http(s)://…',
  'alertmanager+http(s)://host:9093',
  'syslog+udp://host:514 (or tcp, tls)',
  'csv:path',
  'events:',
  'the path of a file of sinks',
].join(', ');
const File = v.strictObject({ sinks: v.array(v.unknown()) });

/**
 * What an entry of the option `sink` says: one sink as a short address, or a YAML or JSON file of several. Throws
 * `invalid` that names entry or file, field, and what was expected, of everything that is wrong.
 */
export function readSinkSettings(entry: string): readonly SettingsRead[] {
  const short = shorthand(entry);
  if (short === undefined) return readFile(entry);
  const where = `sink ${redactUrl(entry)}`;
  return [{ where, settings: checked(SinkSettings, short, where) }];
}

function shorthand(entry: string): Readonly<Record<string, string>> | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/s.exec(entry) ?? [];
  if (scheme === '') return undefined;
  if (scheme === 'http' || scheme === 'https') return { type: 'http', url: entry };
  if (scheme === 'csv') return { type: 'csv', path: rest && resolve(rest) };
  if (scheme === 'events' && rest === '') return { type: 'events' };
  const [type = '', inner = ''] = scheme.split(/\+(.*)/s);
  if (type === 'alertmanager' || type === 'syslog') return { type, url: `${inner}:${rest}` };
  throw new AgentError('invalid', `sink ${redactUrl(entry)}: expected one of ${SHORTHANDS}`);
}

function readFile(path: string): readonly SettingsRead[] {
  const content = contentOf(path);
  if (Array.isArray(content)) {
    throw new AgentError('invalid', `${path}: expected an object with a list of sinks, got a list`);
  }
  const { sinks } = checked(File, content, path);
  const problems: string[] = [];
  const read: SettingsRead[] = [];
  for (const [index, value] of sinks.entries()) {
    const where = `${path}: sinks[${index}]`;
    try {
      read.push({ where, settings: checked(SinkSettings, value, where) });
    } catch (reason) {
      problems.push(AgentError.from(reason).message);
    }
  }
  if (problems.length > 0) throw new AgentError('invalid', problems.join('\n'));
  return read;
}

function contentOf(path: string): unknown {
  try {
    return load(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { message } = AgentError.from(cause);
    const why = message.startsWith('ENOENT') ? 'there is no such file' : message;
    throw new AgentError('invalid', `sink ${path}: expected one of ${SHORTHANDS}: ${why}`, {
      cause,
    });
  }
}

function checked<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  where: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return `${where}${path === null ? '' : `: ${path}`}: ${said(issue)}`;
  });
  throw new AgentError('invalid', problems.join('\n'));
}

/** Our own words begin with `expected`; those of the library name types, or the field that is missing. */
function said({ message, expected, received, path }: v.BaseIssue<unknown>): string {
  if (message.startsWith('expected')) return message;
  if (expected === 'never') return 'there is no such setting';
  const plain = (expected ?? 'something else').replace(/[()]/g, '').replaceAll(' | ', ' or ');
  const isMissing = received === 'undefined';
  const wanted = isMissing && plain === `"${path?.at(-1)?.key}"` ? 'a value' : plain;
  return `expected ${wanted === 'Object' ? 'an object' : wanted}, got ${isMissing ? 'nothing' : received}`;
}
