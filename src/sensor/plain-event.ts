import type { RawEvent, RawEventBase } from '#model/raw-event.js';

/**
 * The same event as an object with plain fields and nothing else, in the order of the model. Events
 * of the live sensor read their texts from the sensor's bytes when first asked; this one keeps
 * nothing alive, can be spread, compared and written as JSON.
 */
export function plainEvent(event: RawEvent): RawEvent {
  switch (event.type) {
    case 'exec':
      return {
        type: 'exec',
        ...baseOf(event),
        args: event.args,
        argsTruncated: event.argsTruncated,
        file: event.file,
        exePath: event.exePath,
        cwd: event.cwd,
        upperLayer: event.upperLayer,
        parentUpperLayer: event.parentUpperLayer,
      };
    case 'open':
      return {
        type: 'open',
        ...baseOf(event),
        path: event.path,
        flags: event.flags,
        result: event.result,
      };
    case 'fork':
      return { type: 'fork', ...baseOf(event), childPid: event.childPid };
    case 'exit':
      return { type: 'exit', ...baseOf(event), exitCode: event.exitCode, signal: event.signal };
    default:
      return event satisfies never;
  }
}

function baseOf(event: RawEventBase): Omit<RawEventBase, 'type'> {
  return {
    seq: event.seq,
    timeMs: event.timeMs,
    cgroupId: event.cgroupId,
    mountNs: event.mountNs,
    pid: event.pid,
    tid: event.tid,
    ppid: event.ppid,
    uid: event.uid,
    gid: event.gid,
    comm: event.comm,
    parentComm: event.parentComm,
    setup: event.setup,
  };
}
