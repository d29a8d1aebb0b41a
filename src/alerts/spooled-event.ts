import type { AttributedEvent, ProcessNode } from '#model/attributed-event.js';
import type { RawEvent } from '#model/raw-event.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { redactHeaders, redactUrl } from '#profile/redact-url.js';

/**
 * What an alert is about, as JSON for the spool: the event, the container, the process and its parent, for
 * which there may be nobody to ask later. Secrets are redacted as in recordings.
 */
export function spooledSubject({ event, container, process }: AttributedEvent): string {
  const { parent } = process;
  return JSON.stringify({
    ...{ event: redactedEvent(event), container },
    process: { ...redactedProcess(process), ...(parent && { parent: redactedProcess(parent) }) },
  });
}

/** What {@link spooledSubject} wrote; undefined for anything else. */
export function restoredSubject(text: string): AttributedEvent | undefined {
  try {
    const { event, container, process } = JSON.parse(text) as AttributedEvent;
    return event && container && process ? { event, container, process } : undefined;
  } catch {
    return undefined;
  }
}

/** Field by field: what else the process tree keeps is nobody's business, and may hold secrets. */
function redactedProcess(process: ProcessNode): ProcessNode {
  const { pid, ppid, comm, exePath, args, uid, gid, cwd, upperLayer, startTimeMs } = process;
  return {
    ...{ pid, ppid, comm, exePath, args: redactArguments(args) },
    ...{ uid, gid, cwd, upperLayer, startTimeMs },
  };
}

function redactedEvent(event: RawEvent): RawEvent {
  if (event.type === 'exec') return { ...event, args: redactArguments(event.args) };
  if (event.type === 'mount') return { ...event, source: redactUrl(event.source) };
  if (event.type !== 'http') return event;
  return {
    ...event,
    url: redactUrl(event.url),
    headers: redactHeaders(event.headers),
    ...(event.body !== undefined && { body: redactText(event.body) }),
  };
}
