import { dump } from 'js-yaml';
import { ANNOTATION } from '#model/annotations.js';
import type { ObjectMeta, ProfileKind } from '#model/profile.js';
import { formatAge } from '#runtime/age.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { TextTable } from './text-table.ts';

/** How `hullwatch store get` prints. */
export type StoreFormat = 'table' | 'json' | 'yaml';

/** A profile from the store; for a table its head is enough. */
export interface StoredProfile {
  readonly kind: ProfileKind;
  readonly metadata: ObjectMeta;
}

interface Printing {
  readonly format: StoreFormat;
  /** Several were asked for, however many there are: JSON is a List then. */
  readonly isList: boolean;
  readonly nowMs: number;
}

/** The profiles as text. JSON and YAML are what `hullwatch store apply` reads, and move no terminal's cursor. */
export function storedProfiles(
  found: readonly StoredProfile[],
  { format, isList, nowMs }: Printing,
): string {
  if (format === 'yaml') {
    return found.map((object) => dump(object, { noRefs: true, lineWidth: -1 })).join('---\n');
  }
  if (format === 'json') return json(isList ? listOf(found) : found[0]);
  if (found.length === 0) return '';
  const titles = [
    'KIND',
    'NAMESPACE',
    'NAME',
    'STATUS',
    'COMPLETION',
    'MANAGED-BY',
    'VERSION',
    'AGE',
  ];
  return new TextTable().format([titles, ...found.map((each) => row(each, nowMs))]);
}

function row({ kind, metadata }: StoredProfile, nowMs: number): readonly string[] {
  const { annotations = {}, creationTimestamp = '', name, namespace, resourceVersion } = metadata;
  const createdMs = parseTimestamp(creationTimestamp);
  return [
    kind,
    namespace,
    name,
    annotations[ANNOTATION.status] ?? '-',
    annotations[ANNOTATION.completion] ?? '-',
    annotations[ANNOTATION.managedBy] ?? '-',
    resourceVersion ?? '-',
    createdMs === undefined ? '-' : formatAge(nowMs - createdMs),
  ];
}

function listOf(items: readonly StoredProfile[]) {
  return { apiVersion: 'v1', kind: 'List', items };
}

/** What a container did is in it: JSON itself leaves the control characters from DEL on as they are. */
function json(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${text.replace(/[\u007f-\u009f]/g, escaped)}\n`;
}
