import type { ResourceDefinition } from '#model/schema/resource.js';
import type { Clock } from '#runtime/clock.js';
import type { StoredRow } from '../object-store.ts';
import type { Representation } from './negotiation.ts';
import type { QueryValues } from './query-values.ts';
import { refuseOptions } from './query-values.ts';
import { apiVersionOf } from './resource-rows.ts';
import { type Around, NOTHING, objectJson, objectOf, partialJson } from './row-json.ts';
import { tableColumns, tableOf, tableReadsBody } from './schema/table.ts';

/** What of the object stands beside the cells of a table (query parameter `includeObject`). */
type IncludeObject = 'None' | 'Metadata' | 'Object';

/** In which form rows go out. Equal forms have the same `key`. */
export interface RowForm {
  readonly key: string;
  readonly representation: Representation;
  readonly includeObject: IncludeObject;
  /** What is needed of a row. */
  readonly readsBody: boolean;
}

const INCLUDE: readonly IncludeObject[] = ['None', 'Metadata', 'Object'];

/** The form that a request asks for. Throws `Invalid` for another `includeObject`. */
export function rowForm(
  definition: ResourceDefinition,
  representation: Representation,
  query: QueryValues,
): RowForm {
  const asked = query.text('includeObject') || 'Metadata';
  const includeObject = INCLUDE.find((each) => each === asked);
  if (includeObject === undefined) {
    refuseOptions('TableOptions', {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: "${asked.slice(0, 50)}": supported values: ${INCLUDE.join(', ')}`,
      field: 'includeObject',
    });
  }
  const include = includeObject ?? 'Metadata';
  if (representation !== 'table') {
    const readsBody = representation === 'object';
    return { key: representation, representation, includeObject: include, readsBody };
  }
  const readsBody = include === 'Object' || tableReadsBody(definition);
  return { key: `table:${include}`, representation, includeObject: include, readsBody };
}

/** Turns rows into JSON of one form. */
export class RowWriter {
  readonly #definition: ResourceDefinition;
  readonly #clock: Clock;

  constructor(definition: ResourceDefinition, clock: Clock) {
    this.#definition = definition;
    this.#clock = clock;
  }

  /** One row by itself, as an answer to `get` or in an event, with what stands around it there. */
  one(row: StoredRow, form: RowForm, around = NOTHING): Buffer {
    if (form.representation === 'object') return objectJson(this.#definition, row, around);
    if (form.representation === 'metadata') return within(around, partialJson(row));
    const table = this.#table([row], form, { resourceVersion: String(row.resourceVersion) });
    return within(around, JSON.stringify(table));
  }

  /** An object that has nothing but a version: all changes up to it were told. */
  bookmark(version: number, form: RowForm, endsInitialEvents = false): string {
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const metadata = {
      creationTimestamp: null,
      resourceVersion: String(version),
      ...(endsInitialEvents && { annotations }),
    };
    const { kind } = this.#definition;
    const object = { apiVersion: apiVersionOf(this.#definition), kind, metadata };
    if (form.representation === 'object') return JSON.stringify(object);
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    if (form.representation === 'metadata') return JSON.stringify(partial);
    const listMeta = { resourceVersion: String(version) };
    const shown = { None: undefined, Metadata: partial, Object: object }[form.includeObject];
    return JSON.stringify({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: listMeta,
      columnDefinitions: tableColumns(this.#definition),
      rows: [{ cells: [], ...(shown && { object: shown }) }],
    });
  }

  /** What stands before the items of a list; the items come next, then the metadata. */
  listHead({ representation }: RowForm): string {
    if (representation === 'object') {
      const definition = this.#definition;
      return `{"kind":"${definition.listKind}","apiVersion":"${apiVersionOf(definition)}","items":[`;
    }
    if (representation === 'metadata') {
      return '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[';
    }
    const columns = JSON.stringify(tableColumns(this.#definition));
    return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":${columns},"rows":[`;
  }

  /** Items of a list with commas between them, and `before` in front. */
  items(rows: readonly StoredRow[], form: RowForm, before: string): Buffer {
    if (form.representation === 'object') {
      const comma = (at: number): Around => [at === 0 ? before : ',', ''];
      return Buffer.concat(rows.map((row, at) => objectJson(this.#definition, row, comma(at))));
    }
    if (form.representation === 'metadata') {
      return Buffer.from(before + rows.map(partialJson).join(','));
    }
    const { rows: tableRows } = this.#table(rows, form, {});
    return Buffer.from(before + tableRows.map((row) => JSON.stringify(row)).join(','));
  }

  #table(rows: readonly StoredRow[], { includeObject }: RowForm, metadata: object) {
    const objects = rows.map((row) => ({ object: objectOf(this.#definition, row) }));
    const nowMs = this.#clock.now();
    return tableOf(this.#definition, objects, { nowMs, includeObject, metadata }) as {
      readonly rows: readonly unknown[];
    };
  }
}

function within([before, after]: Around, text: string): Buffer {
  return Buffer.from(before + text + after);
}
