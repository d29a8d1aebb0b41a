import type { IncomingMessage } from 'node:http';
import type { Clock } from '#runtime/clock.js';
import type { KubernetesObject, StoredRow } from '../object-store.ts';
import type { ResourceRequest, WholeAnswer } from './api-request.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { formOf } from './read-requests.ts';
import { type RowForm, RowWriter } from './representation.ts';
import { mediaType, parseBody } from './request-body.ts';
import { LINE } from './row-json.ts';
import { refuseFlaws, sentObject, unknownFieldWarnings } from './sent-object.ts';
import { Refusal, refusal } from './status.ts';
import { statusOfError } from './status-of-error.ts';
import { parseWriteOptions, type WriteOptions } from './write-options.ts';

/** A write, its body read. */
export interface WriteRequest {
  readonly request: ResourceRequest;
  readonly body: Buffer;
  readonly clock: Clock;
  readonly mostBytes: number;
}

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';

/** Answers `create`. */
export async function createObject(write: WriteRequest): Promise<WholeAnswer> {
  const { request, body } = write;
  const { resource, namespace = '' } = request.target;
  const { definition, rows } = resource;
  const options = parseWriteOptions(request.query);
  const form = formOf(request);
  const object = sentObject(parseBody(body, request.incoming.headers['content-type']), {
    definition,
    namespace,
  });
  if (object.metadata.resourceVersion) {
    throw refusal('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  const warnings = unknownFieldWarnings(definition, object, options.fieldValidation);
  refuseFlaws(definition, object);
  const { name, generateName } = object.metadata;
  const row = await rows
    .create(object, { signal: request.signal, dryRun: options.dryRun })
    .catch((reason: unknown) => {
      // The path does not say the name.
      const subject = { verb: 'create', definition, name: name || (generateName ?? '') };
      throw new Refusal(statusOfError(reason, subject));
    });
  return answer(write, row, { status: 201, warnings, form });
}

/** Answers `update`: the whole object is replaced, and must be there. */
export async function updateObject(write: WriteRequest): Promise<WholeAnswer> {
  const { request, body } = write;
  const { resource, namespace = '', name = '' } = request.target;
  const { definition } = resource;
  const value = parseBody(body, request.incoming.headers['content-type']);
  const object = sentObject(value, { definition, namespace, name });
  return change(write, parseWriteOptions(request.query), () => object);
}

/** Answers `patch`: JSON patch and JSON merge patch. */
export async function patchObject(write: WriteRequest): Promise<WholeAnswer> {
  const { request, body } = write;
  const { resource, namespace = '', name = '' } = request.target;
  const place = { definition: resource.definition, namespace, name };
  const apply = patchOf(request.incoming);
  const patch = parseBody(body, JSON_PATCH);
  return change(write, parseWriteOptions(request.query), (stored) => {
    const object = sentObject(apply(stored(), patch), place);
    if (Buffer.byteLength(JSON.stringify(object)) > write.mostBytes) {
      throw refusal(
        'RequestEntityTooLarge',
        `the patched object is too large: limit is ${write.mostBytes}`,
      );
    }
    return object;
  });
}

async function change(
  write: WriteRequest,
  { dryRun, fieldValidation }: WriteOptions,
  next: (stored: () => KubernetesObject) => KubernetesObject,
): Promise<WholeAnswer> {
  const { request } = write;
  const { resource, namespace = '', name = '' } = request.target;
  const { definition, rows } = resource;
  // An answer that cannot be given is refused before anything is written.
  const form = formOf(request);
  let warnings: readonly string[] = [];
  const row = await rows.change(
    { namespace, name },
    (stored) => {
      const object = next(stored);
      warnings = unknownFieldWarnings(definition, object, fieldValidation);
      refuseFlaws(definition, object);
      return object;
    },
    { signal: request.signal, dryRun },
  );
  return answer(write, row, { status: 200, warnings, form });
}

function patchOf({ headers }: IncomingMessage): (target: unknown, patch: unknown) => unknown {
  const type = mediaType(headers['content-type']);
  if (type === JSON_PATCH) return applyJsonPatch;
  if (type === MERGE_PATCH) return applyMergePatch;
  throw refusal(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format (${type.slice(0, 80)}) - accepted media types include: ${JSON_PATCH}, ${MERGE_PATCH}`,
  );
}

function answer(
  { request, clock }: WriteRequest,
  row: StoredRow,
  {
    status,
    warnings,
    form,
  }: {
    readonly status: number;
    readonly warnings: readonly string[];
    readonly form: RowForm;
  },
): WholeAnswer {
  const { definition } = request.target.resource;
  return {
    status,
    headers: { ...(warnings.length > 0 && { warning: warnings.map(warningText) }) },
    body: new RowWriter(definition, clock).one(row, form, LINE),
  };
}

/** RFC 7234 5.5, as Kubernetes has it: code 299, agent `-`. Headers are ASCII. */
function warningText(words: string): string {
  const ascii = words.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
  return `299 - "${ascii.replace(/["\\]/g, '\\$&')}"`;
}
