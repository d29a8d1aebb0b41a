import * as v from 'valibot';
import { CONTAINER_TYPES } from '#model/container.js';
import { EVENT_TYPES } from '#model/raw-event.js';
import type { RecordingEnd, RecordingEntry, RecordingHeader } from './recording-entry.ts';
import { EVENT_SCHEMAS } from './recording-event-schema.ts';
import { count, labels, strings, text, time, timed } from './recording-fields.ts';

/** Beyond it sums would not be exact. No machine loses a million million events. */
const lostCount = v.pipe(count, v.maxValue(1e12));
/** Kinds that are not there count as none. */
const countsByType = v.record(v.picklist(EVENT_TYPES), lostCount);

const instanceId = v.object({
  apiVersion: text,
  namespace: text,
  kind: text,
  name: text,
  alternateName: v.exactOptional(text),
  containerType: v.picklist(CONTAINER_TYPES),
  containerName: text,
  templateHash: v.exactOptional(text),
});

const workload = v.object({
  kind: text,
  name: text,
  uid: v.exactOptional(text),
  resourceVersion: v.exactOptional(text),
  matchLabels: v.exactOptional(labels),
  matchExpressions: v.exactOptional(v.array(v.unknown())),
});

const container = v.object({
  id: text,
  runtimeNamespace: text,
  name: text,
  kind: v.picklist(['container', 'sandbox']),
  image: text,
  imageDigest: text,
  namespace: text,
  pod: v.exactOptional(v.object({ name: text, namespace: text, uid: text, labels })),
  labels,
  cgroupId: v.exactOptional(count),
  pid: count,
  startedAtMs: time,
  preExisting: v.boolean(),
  instanceId,
  profileName: text,
  workloadName: text,
  workloadKind: text,
  workload: v.exactOptional(workload),
});

const entry = v.variant('type', [
  ...EVENT_SCHEMAS,
  v.object({
    type: v.literal('ready'),
    ...timed,
    kernel: text,
    programs: strings,
    skipped: v.array(v.object({ program: text, reason: text })),
  }),
  v.object({
    type: v.literal('cgroup'),
    ...timed,
    cgroupId: count,
    name: text,
    parentName: text,
  }),
  v.object({
    type: v.literal('lost'),
    ...timed,
    count: lostCount,
    cgroupId: v.exactOptional(count),
    reason: v.exactOptional(v.literal('share')),
  }),
  v.object({
    type: v.literal('suppressed'),
    ...timed,
    duplicates: countsByType,
    unwanted: countsByType,
  }),
  v.object({ type: v.literal('totals'), ...timed, emitted: count, lost: count }),
  v.object({
    type: v.literal('damaged'),
    ...timed,
    reason: text,
    isBlind: v.exactOptional(v.boolean()),
  }),
  v.object({ type: v.literal('container-added'), ...timed, container }),
  v.object({
    type: v.literal('container-removed'),
    ...timed,
    containerId: text,
    exitCode: v.exactOptional(v.pipe(v.number(), v.integer())),
  }),
]) satisfies v.GenericSchema<unknown, RecordingEntry>;

const header = v.object({
  type: v.literal('recording'),
  version: count,
  agentVersion: text,
  ...timed,
}) satisfies v.GenericSchema<unknown, RecordingHeader>;

const end = v.object({
  type: v.literal('end'),
  ...timed,
  entries: count,
}) satisfies v.GenericSchema<unknown, RecordingEnd>;

const anyLine = v.variant('type', [...entry.options, end]);

/** What one line of a recording is, or why it is nothing. */
export type ParsedLine<T> = { readonly value: T } | { readonly problem: string };

/** Reads the first line. */
export function parseHeader(line: string): ParsedLine<RecordingHeader> {
  return parse(header, line);
}

/** Reads any later line. */
export function parseLine(line: string): ParsedLine<RecordingEntry | RecordingEnd> {
  return parse(anyLine, line);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, line: string): ParsedLine<T> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { problem: 'not JSON' };
  }
  const result = v.safeParse(schema, json);
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  return { problem: field ? `field ${field}: ${issue.message}` : issue.message };
}
