import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { StoredRow } from '../object-store.ts';
import { jsonAnswer, type ResourceRequest, type WholeAnswer } from './api-request.ts';
import { parseListOptions } from './list-options.ts';
import { parseBody } from './request-body.ts';
import { LINE, objectJson } from './row-json.ts';
import { selectedPages } from './row-pages.ts';
import { rowSelection } from './row-selection.ts';
import { success } from './status.ts';
import { parseDeleteOptions } from './write-options.ts';

/** Answers `delete`: a Status when the object is gone, the object when finalizers hold it. */
export async function deleteObject(request: ResourceRequest, body: Buffer): Promise<WholeAnswer> {
  const { resource, namespace = '', name = '' } = request.target;
  const { definition, rows } = resource;
  const options = parseDeleteOptions(request.query, sentValue(request, body));
  const { row, isGone } = await rows.delete(
    { namespace, name },
    { signal: request.signal, ...options },
  );
  if (!isGone) {
    return { status: 200, body: objectJson(definition, await whole(request, row), LINE) };
  }
  const { uid } = JSON.parse(row.metadata);
  const { group, plural } = definition;
  return jsonAnswer(200, success({ name, group, kind: plural, ...(uid && { uid }) }));
}

/** A `deletecollection`, its body read. */
export interface CollectionDeletion {
  readonly request: ResourceRequest;
  readonly body: Buffer;
  readonly slices: WorkSlices;
}

/** Answers `deletecollection`: every selected object by itself; what is gone meanwhile is no failure. */
export async function deleteObjects({
  request,
  body,
  slices,
}: CollectionDeletion): Promise<WholeAnswer> {
  const { resource, namespace } = request.target;
  const { definition, rows } = resource;
  const { signal } = request;
  const options = parseDeleteOptions(request.query, sentValue(request, body));
  const list = parseListOptions(request.query);
  const selection = rowSelection(resource, namespace, list);
  const limit = list.limit || undefined;
  // All keys first: while many are deleted, the version of the list may be forgotten.
  const keys: ObjectKey[] = [];
  for await (const page of selectedPages({
    rows,
    selection,
    withBodies: false,
    signal,
    slices,
    limit,
  })) {
    for (const row of page.rows) keys.push({ namespace: row.namespace, name: row.name });
  }
  for (const key of keys) {
    await slices.turn();
    await rows.delete(key, { signal, ...options }).catch(unlessGone);
  }
  return jsonAnswer(200, success({ group: definition.group, kind: definition.plural }));
}

function unlessGone(reason: unknown): void {
  if (AgentError.from(reason).code !== 'not-found') throw reason;
}

/** Deletions may come without a body; some clients then name no type, some another than JSON. */
function sentValue({ incoming }: ResourceRequest, body: Buffer): unknown {
  return body.length === 0 ? undefined : parseBody(body, incoming.headers['content-type']);
}

/** A store may answer a deletion with metadata alone. */
async function whole({ target, signal }: ResourceRequest, row: StoredRow): Promise<StoredRow> {
  if (row.body !== undefined) return row;
  return (await target.resource.rows.get(row, { signal, withBody: true })) ?? row;
}
