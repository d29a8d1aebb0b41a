import * as v from 'valibot';
import { normalizePath } from '#profile/normalize-path.js';

const MAX_PORT = 65_535;
const texts = v.nullish(v.array(v.string()), []);
const processes = v.nullish(
  v.array(v.object({ name: v.nullish(v.string(), ''), path: v.nullish(v.string(), '') })),
  [],
);
const direction = v.pipe(v.string(), v.toLowerCase(), v.picklist(['', 'inbound', 'outbound']));

const schema = v.object({
  includePrefixes: texts,
  ignorePrefixes: texts,
  ports: v.nullish(
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_PORT))),
    [],
  ),
  direction: v.nullish(direction, ''),
  methods: texts,
  excludeProcesses: processes,
  excludeParentProcesses: processes,
});

/** The parameters of a rule that keep events from it. What is empty keeps none. */
export interface PrefilterParameters {
  readonly includePrefixes: readonly string[];
  readonly ignorePrefixes: readonly string[];
  readonly ports: readonly number[];
  readonly direction: '' | 'inbound' | 'outbound';
  readonly methods: readonly string[];
  readonly excludeProcesses: readonly ExcludedProcess[];
  readonly excludeParentProcesses: readonly ExcludedProcess[];
}

/** A process by both its name and the path of its program, which is normalised. */
export interface ExcludedProcess {
  readonly name: string;
  readonly path: string;
}

/** The names of {@link PrefilterParameters}. */
export const PREFILTER_KEYS: readonly string[] = Object.keys(schema.entries);

/**
 * Reads what `state` says, or the words of what is wrong with it. Other keys are for the rule's own
 * use. Processes without a name, or whose path is the root or none, exclude nothing.
 */
export function parsePrefilter(
  state: Readonly<Record<string, unknown>>,
): PrefilterParameters | string {
  const parsed = v.safeParse(schema, state, { abortPipeEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return `${v.getDotPath(issue) ?? 'state'}: expected ${issue.expected}, got ${issue.received}`;
  }
  const { excludeProcesses, excludeParentProcesses, ...plain } = parsed.output;
  return {
    ...plain,
    excludeProcesses: excludeProcesses.flatMap(excluded),
    excludeParentProcesses: excludeParentProcesses.flatMap(excluded),
  };
}

function excluded({ name, path }: ExcludedProcess): readonly ExcludedProcess[] {
  const normal = normalizePath(path);
  return name === '' || normal === '' || normal === '/' ? [] : [{ name, path: normal }];
}
