import { dirname } from 'node:path';
import { lookAt } from '#attribution/runtimes/place-look.js';
import { AgentError } from '#model/agent-error.js';
import { type SourceSpec, shareTypes } from '#sensor/adapters/source-spec.js';
import type { Check } from './doctor.ts';

/**
 * Whether the sources can be used together, and the file of each one that reads a file can be read. Our own sensor is not looked at here.
 * Never rejects.
 */
export async function checkSources(specs: readonly SourceSpec[]): Promise<readonly Check[]> {
  const checks = await Promise.all(
    specs.filter(({ kind }) => kind !== 'ebpf').map((spec) => checkPlace(spec)),
  );
  const clash = clashOf(specs);
  return clash === undefined ? checks : [...checks, clash];
}

function clashOf(specs: readonly SourceSpec[]): Check | undefined {
  try {
    shareTypes(specs);
    return undefined;
  } catch (reason) {
    const { message } = AgentError.from(reason);
    const fix = 'give each source its own types: docs/sensors.md';
    return { name: 'sources', ok: false, detail: message, fix };
  }
}

async function checkPlace({ name: source, place }: SourceSpec): Promise<Check> {
  const name = `source ${source}`;
  if (place === '-') return { name, ok: true, detail: 'standard input' };
  const look = await lookAt(place);
  switch (look.kind) {
    case 'readable':
      return { name, ok: true, detail: `${place} can be read` };
    case 'missing':
      return missing(name, place);
    case 'denied': {
      const fix = 'run as root, or as a user that may read the file';
      return { name, ok: false, detail: look.message, fix };
    }
    default:
      return {
        ...{ name, ok: false, detail: `${place} is a ${look.kind}` },
        fix: 'give the path of a file',
      };
  }
}

/** A file that comes later is followed from then on, if there is a folder in which it can come. */
async function missing(name: string, place: string): Promise<Check> {
  const folder = dirname(place);
  if ((await lookAt(folder)).kind !== 'folder') {
    const fix = 'give the path of the file; in a container, mount the folder of the host';
    return { name, ok: false, detail: `the folder ${folder} does not exist`, fix };
  }
  const fix = 'start the tool that writes it; it is followed as soon as it is there';
  return { name, ok: 'unknown', detail: `${place} does not exist yet`, fix };
}
