import type { Column, ResourceDefinition } from '#model/schema/resource.js';
import { formatAge } from '#runtime/age.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import type { KubernetesObject } from '../../object-store.ts';
import { parseJsonPath, valueAt } from './json-path.ts';

/** How a table is made. */
export interface TableOptions {
  /** For ages, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** What of the object stands beside its cells (query parameter `includeObject`). */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** `ListMeta` of the table: `resourceVersion`, `continue`, `remainingItemCount`. */
  readonly metadata?: object;
  /** False: the columns are left out, as in every event of a watch but the first. */
  readonly withColumns?: boolean;
}

/** A row to be: the object, which needs no fields but its metadata when {@link tableReadsBody} is false. */
export interface TableRow {
  readonly object: KubernetesObject;
}

interface CompiledColumn {
  readonly column: Column;
  readonly steps: readonly string[];
}

const compiled = new WeakMap<ResourceDefinition, readonly CompiledColumn[]>();

/** A Table of meta.k8s.io/v1, as `kubectl get` asks for. Values that are not there are `null`. */
export function tableOf(
  resource: ResourceDefinition,
  rows: readonly TableRow[],
  options: TableOptions,
): object {
  const columns = columnsOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata ?? {},
    columnDefinitions: options.withColumns === false ? null : tableColumns(resource),
    rows: rows.map(({ object }) => {
      const values = columns.map((one) => cell(one, object, options.nowMs));
      const shown = shownObject(object, options.includeObject);
      return { cells: [object.metadata.name, ...values], ...(shown && { object: shown }) };
    }),
  };
}

/** The `columnDefinitions` of a kind's table; the name comes first. */
export function tableColumns(resource: ResourceDefinition): readonly object[] {
  return [
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      description: 'Name of the object, unique among its kind in the namespace.',
      priority: 0,
    },
    ...resource.columns.map(({ name, type, description, priority }) => ({
      name,
      type,
      format: '',
      description,
      priority,
    })),
  ];
}

/** Whether a cell comes from somewhere else than the metadata, so that bodies must be read for a table. */
export function tableReadsBody(resource: ResourceDefinition): boolean {
  return columnsOf(resource).some(({ steps }) => steps[0] !== 'metadata');
}

function columnsOf(resource: ResourceDefinition): readonly CompiledColumn[] {
  const known = compiled.get(resource);
  if (known !== undefined) return known;
  const columns = resource.columns.map((column) => ({
    column,
    steps: parseJsonPath(column.jsonPath),
  }));
  compiled.set(resource, columns);
  return columns;
}

function cell({ column, steps }: CompiledColumn, object: object, nowMs: number): unknown {
  const value = valueAt(object, steps);
  if (column.type === 'date') return ageCell(value, nowMs);
  if (value === undefined || value === null) return null;
  if (column.type === 'integer') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function ageCell(value: unknown, nowMs: number): string {
  if (value === undefined || value === null) return '<unknown>';
  const sinceMs = typeof value === 'string' ? parseTimestamp(value) : undefined;
  return sinceMs === undefined ? '<invalid>' : formatAge(nowMs - sinceMs);
}

function shownObject(
  object: KubernetesObject,
  include: TableOptions['includeObject'],
): object | undefined {
  if (include === 'None') return;
  if (include === 'Object') return object;
  const { metadata } = object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
