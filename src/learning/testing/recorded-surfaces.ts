import { readFileSync } from 'node:fs';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import { EVENT_TYPES, type RawEvent } from '#model/raw-event.js';

const FILE = new URL('../../../examples/recordings/all-surfaces.ndjson', import.meta.url);
const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);

/** The events of the shipped recording in which a container does everything, by the container's name. */
export function recordedSurfaces(containerName: string): readonly AttributedEvent[] {
  const lines = readFileSync(FILE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly container?: Container });
  const container = lines.find((line) => line.container?.name === containerName)?.container;
  if (container === undefined) throw new Error(`no container ${containerName} in ${FILE.pathname}`);
  const events = lines.filter(({ type }) => TYPES.has(type)) as unknown as readonly RawEvent[];
  return events
    .filter(({ cgroupId }) => cgroupId === container.cgroupId)
    .map((event) => ({ event, container, process: processOf(event) }));
}

function processOf({ pid, ppid, comm, uid, gid }: RawEvent): AttributedEvent['process'] {
  return {
    ...{ pid, ppid, comm, uid, gid, exePath: '', args: [], cwd: '/', upperLayer: false },
    startTimeMs: 0,
  };
}
