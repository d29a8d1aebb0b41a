import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { ResourceRequest, StreamedAnswer, WholeAnswer } from './api-request.ts';
import { parseContinueToken, tokenExpired } from './continue-token.ts';
import { listBody } from './list-body.ts';
import { type ListOptions, parseListOptions } from './list-options.ts';
import { representationFor } from './negotiation.ts';
import { type RowForm, RowWriter, rowForm } from './representation.ts';
import { LINE } from './row-json.ts';
import { rowSelection } from './row-selection.ts';
import { refusal } from './status.ts';
import { checkWantedVersion, tooNew } from './version-check.ts';

/** Answers `get`. */
export async function getObject(request: ResourceRequest, clock: Clock): Promise<WholeAnswer> {
  const { resource, namespace = '', name = '' } = request.target;
  const { definition, rows } = resource;
  const form = formOf(request);
  const row = await rows.get(
    { namespace, name },
    { signal: request.signal, withBody: form.readsBody },
  );
  if (row === undefined) throw new AgentError('not-found', `${name} not found`);
  const version = request.query.count('resourceVersion');
  if (version !== undefined && version > row.resourceVersion) {
    await refuseFuture(request, { match: 'not-older', version });
  }
  return { status: 200, body: new RowWriter(definition, clock).one(row, form, LINE) };
}

/** Answers `list`, in parts as they are read. */
export async function listObjects(
  request: ResourceRequest,
  { clock, slices }: { readonly clock: Clock; readonly slices: WorkSlices },
): Promise<StreamedAnswer> {
  const { resource, namespace } = request.target;
  const options = parseListOptions(request.query);
  const form = formOf(request);
  const selection = rowSelection(resource, namespace, options);
  const start = startOf(options);
  if (options.wanted.match === 'exact') await refuseFuture(request, options.wanted);
  const parts = listBody({
    read: {
      rows: resource.rows,
      selection,
      withBodies: form.readsBody,
      signal: request.signal,
      slices,
      ...start,
      limit: options.limit || undefined,
    },
    writer: new RowWriter(resource.definition, clock),
    form,
    checkVersion: (version) => checkWantedVersion(options.wanted, version),
  });
  return { parts: withWords(parts, options.continueToken !== '') };
}

/** The form of objects in the answer to a request. */
export function formOf({ incoming, target, query }: ResourceRequest): RowForm {
  return rowForm(target.resource.definition, representationFor(incoming.headers.accept), query);
}

function startOf({ continueToken, wanted }: ListOptions) {
  if (continueToken !== '') {
    const { version, after } = parseContinueToken(continueToken);
    return { atVersion: version, after };
  }
  return wanted.match === 'exact' ? { atVersion: wanted.version } : {};
}

async function refuseFuture(
  { target, signal }: ResourceRequest,
  { version }: { readonly match: string; readonly version: number },
): Promise<void> {
  const page = await target.resource.rows.list({ signal, withBodies: false, limit: 1 });
  if (version > page.resourceVersion) throw tooNew(version, page.resourceVersion);
}

/** What a client of Kubernetes is told when a version is not kept any more, or never was. */
async function* withWords(
  parts: AsyncIterable<string | Uint8Array>,
  isContinued: boolean,
): AsyncGenerator<string | Uint8Array, void> {
  try {
    yield* parts;
  } catch (reason) {
    const { code } = AgentError.from(reason);
    if (isContinued && (code === 'expired' || code === 'unavailable')) throw tokenExpired();
    if (code !== 'expired') throw reason;
    throw refusal('Expired', 'The resourceVersion for the provided list is too old.');
  }
}
