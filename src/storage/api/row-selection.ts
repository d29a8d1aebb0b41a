import type { StoredRow } from '../object-store.ts';
import { bodyText } from '../object-text.ts';
import { valueAt } from './field-path.ts';
import { type FieldRequirement, parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { ServedResource } from './resource-rows.ts';
import { labelsOf } from './row-json.ts';

/** Which rows of a kind a request is about. */
export interface RowSelection {
  readonly namespace: string | undefined;
  /** Undefined: all of the namespace. */
  readonly matches: ((row: StoredRow) => boolean) | undefined;
  /** A row that matches may stop to do so when it changes: labels and fields other than the name. */
  readonly mayChange: boolean;
  /** `matches` looks into bodies. */
  readonly readsBody: boolean;
}

const KEY_FIELDS = ['metadata.name', 'metadata.namespace'];

/** Puts the namespace of the path and both selectors together. Throws `BadRequest` as their parsers do. */
export function rowSelection(
  { selectableFields = [] }: ServedResource,
  namespace: string | undefined,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
): RowSelection {
  const labels = parseLabelSelector(selectors.labelSelector);
  const supported = [...KEY_FIELDS, ...selectableFields];
  const fields = parseFieldSelector(selectors.fieldSelector, supported);
  const inBody = fields.filter(({ field }) => !KEY_FIELDS.includes(field));
  const ofKey = fields.filter(({ field }) => KEY_FIELDS.includes(field));
  const matches = (row: StoredRow) =>
    ofKey.every((requirement) => keyFulfils(row, requirement)) &&
    (labels === undefined || labels(labelsOf(row))) &&
    (inBody.length === 0 || bodyFulfils(row, inBody));
  return {
    namespace,
    matches: labels || fields.length > 0 ? matches : undefined,
    mayChange: labels !== undefined || inBody.length > 0,
    readsBody: inBody.length > 0,
  };
}

/** True when a row belongs to what was asked for. */
export function isSelected({ namespace, matches }: RowSelection, row: StoredRow): boolean {
  if (namespace !== undefined && row.namespace !== namespace) return false;
  return matches === undefined || matches(row);
}

function keyFulfils(row: StoredRow, { field, value, isEqual }: FieldRequirement): boolean {
  return ((field === 'metadata.name' ? row.name : row.namespace) === value) === isEqual;
}

function bodyFulfils(row: StoredRow, fields: readonly FieldRequirement[]): boolean {
  const body: unknown = JSON.parse(bodyText(row) || '{}');
  return fields.every(({ field, value, isEqual }) => {
    const found = valueAt(body, field) ?? '';
    return (String(found) === value) === isEqual;
  });
}
