import { LABEL } from '#model/annotations.js';
import type { InstanceId } from '#model/container.js';

/**
 * The labels that a profile carries about the container it belongs to. The values are as they are;
 * put them through `toValidLabelValue` before they go to an API server. `workload-name` is the real
 * name, whatever the alternate name says.
 */
export function instanceIdLabels(id: InstanceId): Readonly<Record<string, string>> {
  const slash = id.apiVersion.indexOf('/');
  return {
    [LABEL.apiGroup]: slash < 0 ? '' : id.apiVersion.slice(0, slash),
    [LABEL.apiVersion]: id.apiVersion.slice(slash + 1),
    [LABEL.namespace]: id.namespace,
    [LABEL.kind]: id.kind,
    [LABEL.name]: id.name,
    [LABEL.containerName]: id.containerName,
    [LABEL.templateHash]: id.templateHash ?? '',
  };
}
