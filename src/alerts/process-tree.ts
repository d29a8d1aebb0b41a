import type { Alert, AlertAncestor, AlertProcess } from '#model/alert.js';
import type { AttributedEvent, ProcessNode } from '#model/attributed-event.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { formatTimestamp } from '#runtime/timestamp.js';

/** Deeper ancestry is cut off at its outer end, so that a chain that never ends has one here. */
const MAX_DEPTH = 64;

/**
 * The process of an event inside its ancestors, from the outermost one known in its container to the process itself, and the
 * ancestors by themselves from the parent outwards: who started whom, also of those that ended since. Of the process
 * itself what the event tells goes before what is remembered, which may be newer: `ppid` and `pcomm` are the
 * kernel's parent at that moment, another one than the ancestor above when that had ended. The depth counts the processes in the tree.
 */
export function processFields(
  subject: AttributedEvent,
): Pick<Alert, 'processTree' | 'ancestry' | 'processTreeDepth'> {
  const { event, process } = subject;
  const ancestry: AlertAncestor[] = [];
  let tree: AlertProcess = {
    ...describe(process, event.parentComm),
    ...{ ppid: event.ppid, uid: event.uid, gid: event.gid },
    ...(event.type === 'exec' && {
      comm: event.comm,
      cmdline: commandLine(event.args, event.comm),
      path: redactText(event.exePath),
      cwd: redactText(event.cwd),
      upperLayer: event.upperLayer,
    }),
  };
  let node = process.parent;
  for (let depth = 1; node !== undefined && depth < MAX_DEPTH; depth += 1) {
    const described = describe(node);
    const { pid, comm, path, cmdline } = described;
    ancestry.push({ pid, comm, path, cmdline });
    tree = { ...described, childrenMap: { [`${tree.comm},${tree.pid}`]: tree } };
    node = node.parent;
  }
  return { processTree: tree, ancestry, processTreeDepth: ancestry.length + 1 };
}

/** Arguments as one line, secrets redacted; the process's name when there are none. */
export function commandLine(args: readonly string[], comm: string): string {
  return args.length > 0 ? redactArguments(args).join(' ') : comm;
}

function describe(node: ProcessNode, parentComm = node.parent?.comm): AlertProcess {
  const { pid, ppid, comm, args, exePath, cwd, uid, gid, upperLayer, startTimeMs } = node;
  return {
    ...{ pid, ppid, comm, uid, gid, upperLayer },
    ...(parentComm !== undefined && parentComm !== '' && { pcomm: parentComm }),
    cmdline: commandLine(args, comm),
    path: redactText(exePath),
    cwd: redactText(cwd),
    startTime: formatTimestamp(startTimeMs),
  };
}
