import type { Readable } from 'node:stream';
import { AgentError } from '#model/agent-error.js';
import type { EventSource } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { CombinedSource } from './combined-source.ts';
import { ContainerCgroups } from './container-cgroups.ts';
import { FollowedFile } from './followed-file.ts';
import { parseGadgetLine } from './inspektor-gadget-lines.ts';
import { JsonLinesSource } from './json-lines-source.ts';
import type { LineParser } from './line-meaning.ts';
import { type SourceKind, type SourceSpec, shareTypes, TYPES_OF_SOURCES } from './source-spec.ts';
import { StreamInput } from './stream-input.ts';
import { parseTetragonLine } from './tetragon-lines.ts';

interface OpenSourcesOptions {
  /** At least one. */
  readonly specs: readonly SourceSpec[];
  /** Makes our own sensor; called at most once, and only when it is asked for. */
  readonly openEbpf: () => EventSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly stdin: Readable;
  /**
   * Told when one of several sources dies, or the file of one is not there yet, with why; and when it is well again, with
   * undefined. No two sources have one name.
   */
  readonly onTrouble?: (name: string, trouble: string | undefined) => void;
}

const PARSERS: Readonly<Record<Exclude<SourceKind, 'ebpf'>, LineParser>> = {
  ig: parseGadgetLine,
  tetragon: parseTetragonLine,
};

/**
 * The sources that were asked for, as one. Throws `invalid` when they cannot be used together (see `shareTypes`), and
 * what `openEbpf` throws. Files are opened when it runs; those that are not there yet are waited for.
 */
export function openSources(options: OpenSourcesOptions): EventSource {
  const { specs } = options;
  const shares = shareTypes(specs);
  refuseTwice(specs);
  const cgroups = new ContainerCgroups();
  const parts = [...shares].map(([spec, types]) => {
    const isNameShared = specs.some((other) => other !== spec && other.name === spec.name);
    const name = isNameShared ? `${spec.name}=${[...types].join('+')}` : spec.name;
    return { name, source: openSource({ ...spec, name }, { ...options, cgroups }), types };
  });
  const [only] = parts;
  if (only === undefined) throw new AgentError('invalid', 'source: expected at least one');
  const isWhole = parts.length === 1 && specs[0]?.types === undefined;
  return isWhole ? only.source : new CombinedSource({ ...options, parts });
}

function openSource(
  { kind, name, place }: SourceSpec,
  options: OpenSourcesOptions & { readonly cgroups: ContainerCgroups },
): EventSource {
  if (kind === 'ebpf') return options.openEbpf();
  const { clock, log, cgroups, stdin } = options;
  const onTrouble = (trouble: string | undefined) => {
    if (trouble !== undefined) log.warn('a source waits for its file', { source: name, trouble });
    options.onTrouble?.(name, trouble);
  };
  const isStdin = place === '-';
  return new JsonLinesSource({
    name,
    input: isStdin ? new StreamInput(stdin) : new FollowedFile({ path: place, clock, onTrouble }),
    parse: PARSERS[kind],
    types: TYPES_OF_SOURCES[kind],
    ...{ cgroups, clock, log },
  });
}

/** A file may be read twice, for other types each time; standard input and the sensor are there once. */
function refuseTwice(specs: readonly SourceSpec[]): void {
  for (const [what, isIt] of [
    ['standard input', ({ place }: SourceSpec) => place === '-'],
    ['ebpf', ({ kind }: SourceSpec) => kind === 'ebpf'],
  ] as const) {
    const [, second] = specs.filter(isIt);
    if (second) {
      throw new AgentError('invalid', `source ${second.name}: ${what} may be used once alone`);
    }
  }
}
