import type { Alert, AlertProcess } from '#model/alert.js';

/**
 * Several alerts as the public system's receivers take them (`kind: RuntimeAlerts`). The process tree beside
 * them is that of the first alert with the branches of the others that grow from the same process; each alert has
 * its own as well.
 */
export function runtimeAlertList(alerts: readonly Alert[]): object {
  const [first] = alerts;
  const tree = mergedTree(alerts.flatMap(({ processTree }) => processTree ?? []));
  return {
    kind: 'RuntimeAlerts',
    apiVersion: 'kubescape.io/v1',
    metadata: { name: first?.nodeName ?? '', namespace: '' },
    spec: {
      alerts,
      processTree: tree === undefined ? {} : { processTree: tree, containerID: first?.containerID },
      cloudMetadata: {},
    },
  };
}

function mergedTree(trees: readonly AlertProcess[]): AlertProcess | undefined {
  const [first, ...others] = trees;
  if (first === undefined) return undefined;
  const isSame = ({ pid, startTime }: AlertProcess) =>
    pid === first.pid && startTime === first.startTime;
  return others.filter(isSame).reduce(withBranches, first);
}

function withBranches(into: AlertProcess, from: AlertProcess): AlertProcess {
  const children: Record<string, AlertProcess> = { ...into.childrenMap };
  for (const [key, child] of Object.entries(from.childrenMap ?? {})) {
    const known = children[key];
    children[key] = known === undefined ? child : withBranches(known, child);
  }
  return Object.keys(children).length === 0 ? into : { ...into, childrenMap: children };
}
