import { createHash } from 'node:crypto';
import { AgentError } from '#model/agent-error.js';
import type { PodEvent, PodEventWriter } from '#model/pod-event.js';
import type { ApiClient, JsonObject } from './api-client.ts';

/** The API server refuses longer ones; it counts bytes. */
const MAX_NOTE_BYTES = 1_024;
/** The same for a reporting instance. */
const MAX_INSTANCE = 128;
/** Of a pod's name, so that a dot and the series fit into a name of 253. */
const MAX_POD_NAME = 236;
const LAST_KEY = 'hullwatch.io/last-alert';
const CONTROLLER = 'hullwatch.io/agent';
/** How the API server words a 403 that no right would mend: nothing new is made in a namespace that is going. */
const GOING = /: 403 .*being terminated/;

/** Writes Events of `events.k8s.io/v1`. Repeats of one series are counted in one Event, also after a restart. */
export class EventWriter implements PodEventWriter {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** Besides as the port says: `invalid` when the namespace is being terminated. */
  async write(event: PodEvent, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await this.#client.create(folderOf(event), eventObject(event), { signal });
    } catch (reason) {
      const error = AgentError.from(reason);
      if (error.code !== 'conflict') throw permanent(error);
      await this.#countUp(event, signal);
    }
  }

  async #countUp(event: PodEvent, signal: AbortSignal): Promise<void> {
    const path = `${folderOf(event)}/${nameOf(event)}`;
    try {
      const known = await this.#client.get(path, { signal });
      const counted = countedUp(known, event);
      if (counted) await this.#client.update(path, counted, { signal });
    } catch (reason) {
      const error = AgentError.from(reason);
      if (error.code !== 'not-found') throw permanent(error);
      // It was there a moment ago: Events live for an hour. The next attempt makes a new one.
      throw new AgentError('unavailable', error.message, { cause: error });
    }
  }
}

function permanent(error: AgentError): AgentError {
  if (!GOING.test(error.message)) return error;
  return new AgentError('invalid', error.message, { cause: error });
}

function folderOf({ namespace }: PodEvent): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

function nameOf({ podName, podUid, reason, series }: PodEvent): string {
  const text = JSON.stringify([podUid, reason, series]);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${podName.slice(0, MAX_POD_NAME)}.${digest}`;
}

function eventObject(event: PodEvent): object {
  const { namespace, podName, podUid, containerName, nodeName, reason, action } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: nameOf(event), namespace, annotations: { [LAST_KEY]: event.key } },
    eventTime: microTime(event.timestamp),
    ...(event.count > 1 && { series: seriesOf(event, event.count) }),
    reportingController: CONTROLLER,
    reportingInstance: nodeName.slice(0, MAX_INSTANCE) || 'unknown',
    regarding: {
      ...{ apiVersion: 'v1', kind: 'Pod', namespace, name: podName, uid: podUid },
      fieldPath: `spec.containers{${containerName}}`,
    },
    action,
    reason,
    note: shortened(event.note),
    type: 'Warning',
  };
}

/**
 * The Event as it is to be, or undefined when this very alert was counted already. Its version stays in it: of two
 * writers one has a conflict and tries again.
 */
function countedUp(known: JsonObject, event: PodEvent): object | undefined {
  const metadata = (known['metadata'] ?? {}) as JsonObject;
  const annotations = (metadata['annotations'] ?? {}) as JsonObject;
  if (annotations[LAST_KEY] === event.key) return undefined;
  const before = Number(((known['series'] ?? {}) as JsonObject)['count'] ?? 1);
  return {
    ...known,
    metadata: { ...metadata, annotations: { ...annotations, [LAST_KEY]: event.key } },
    series: seriesOf(event, (Number.isSafeInteger(before) ? before : 1) + event.count),
  };
}

function seriesOf({ timestamp }: PodEvent, count: number): object {
  return { count, lastObservedTime: microTime(timestamp) };
}

/** The API server takes six digits after the point, neither more nor fewer. */
function microTime(timestamp: string): string {
  return timestamp.replace(/\.(\d{3})Z$/, '.$1000Z');
}

function shortened(note: string): string {
  let text = note;
  while (Buffer.byteLength(text) > MAX_NOTE_BYTES) {
    const excess = Math.ceil((Buffer.byteLength(text) - MAX_NOTE_BYTES + 3) / 4);
    text = `${text.replace(/…$/, '').slice(0, -excess).toWellFormed()}…`;
  }
  return text;
}
